"""How a file of requests becomes a job, as commands to copy.

Source: docs/api.md, submitting.
"""

from __future__ import annotations

import json
from shlex import quote
from typing import TYPE_CHECKING

from batchbell.config.together import API_KEY_VARIABLE, BASE_URL_VARIABLE, DEFAULT_BASE_URL
from batchbell.core.text import is_harmless_line
from batchbell.providers.submitting import Submitting, SubmitWay
from batchbell.providers.together.addresses import with_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What most jobs ask, and what a job without an endpoint is taken for.
_CHAT = "/v1/chat/completions"
#: What the official CLI calls the endpoints that it knows.
_KNOWN = {
    _CHAT: "chat.completions",
    "/v1/audio/transcriptions": "audio.transcriptions",
    "/v1/audio/translations": "audio.translations",
}
_CLI_NAME = "the official CLI (together 3)"
#: Takes the id out of the upload's answer, where no program for JSON has to be there.
_FILE_ID = 'sed -n \'s/.*"id" *: *"\\([^"]*\\)".*/\\1/p\''


def submit_commands(
    path: str, endpoint: str | None, base_url: str, key: str, way: SubmitWay = SubmitWay.CURL
) -> Submitting:
    """Return how to submit a file in one way, as one command; without lines for a hostile name.

    No key is in it: `key` is the shell's word for it. The official CLI does not know each endpoint.
    """
    endpoint = endpoint or _CHAT
    if not (is_harmless_line(path) and is_harmless_line(endpoint)):
        return Submitting()
    address = with_version(base_url)
    if way is SubmitWay.CLI and endpoint in _KNOWN:
        calls = _by_official_cli(address, _KNOWN[endpoint])
        return Submitting(_CLI_NAME, [*_as_one(path, key, calls)])
    return Submitting("curl", [*_as_one(path, key, _by_curl(address, endpoint))])


def _as_one(path: str, key: str, calls: Iterable[str]) -> Iterator[str]:
    """Yield calls that a shell runs together or not at all, wherever one is pasted.

    An interactive shell goes on behind a line that failed, and a subshell does not.
    """
    yield "( set -e"
    # Named once: a long name would be broken in the middle of each command.
    yield f"  file={quote(path)}"
    yield f"  key={key}"
    yield from (f"  {line}" for line in calls)
    yield ")"


def _by_official_cli(address: str, endpoint: str) -> Iterator[str]:
    key = f"{API_KEY_VARIABLE}=$key"
    if address == DEFAULT_BASE_URL:
        yield f"{key} \\"
    else:
        # The SDK below it takes the host without a version. Source: docs/api.md, base URL.
        yield f"{key} {BASE_URL_VARIABLE}={quote(address.removesuffix('/v1'))} \\"
    yield f'  tg batches submit "$file" {endpoint}'


def _by_curl(address: str, endpoint: str) -> Iterator[str]:
    """Yield two calls; the file comes from standard input, as curl reads names in its own way."""
    key = '-H "Authorization: Bearer $key"'
    yield f"id=$(curl -fsS {key} \\"
    yield '  -F purpose=batch-api --form-string "file_name=${file##*/}" \\'
    yield "  -F 'file=@-;filename=requests.jsonl' <\"$file\" \\"
    yield f"  {quote(f'{address}/files/upload')} |"
    yield f"  {_FILE_ID})"
    yield ': "${id:?is not there: the upload failed, and no job is made}"'
    asked = json.dumps({"input_file_id": "$id", "endpoint": endpoint}, ensure_ascii=False)
    yield f"curl -fsS {key} \\"
    yield "  -H 'Content-Type: application/json' \\"
    body = quote(asked).replace("$id", "'\"$id\"'")
    yield f"  -d {body} \\"
    yield f"  {quote(f'{address}/batches')}"
