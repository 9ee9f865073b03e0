"""How a file of requests becomes a job, as commands to copy.

Source: docs/api.md, submitting.
"""

from __future__ import annotations

import json
from shlex import quote
from typing import TYPE_CHECKING

from batchbell.config.together import API_KEY_VARIABLE, BASE_URL_VARIABLE, DEFAULT_BASE_URL
from batchbell.core.text import is_harmless_line
from batchbell.providers.together.addresses import with_version

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What most jobs ask, and what a job without an endpoint is taken for.
_CHAT = "/v1/chat/completions"
#: What the official CLI calls the endpoints that it knows.
_KNOWN = {
    _CHAT: "chat.completions",
    "/v1/audio/transcriptions": "audio.transcriptions",
    "/v1/audio/translations": "audio.translations",
}
#: Takes the id out of the upload's answer, where no program for JSON has to be there.
_FILE_ID = 'sed -n \'s/.*"id" *: *"\\([^"]*\\)".*/\\1/p\''


def submit_commands(path: str, endpoint: str | None, base_url: str) -> Iterator[str]:
    """Yield how to submit a file: with the official CLI, or with curl; none for a hostile name.

    No key is in them: they read it from the environment.
    """
    endpoint = endpoint or _CHAT
    if not (is_harmless_line(path) and is_harmless_line(endpoint)):
        return
    address = with_version(base_url)
    # Named once: a long name would be broken in the middle of each command.
    yield f"file={quote(path)}"
    if endpoint in _KNOWN:
        yield "with the official CLI (together 3):"
        yield from _by_official_cli(address, _KNOWN[endpoint])
        yield "or with curl:"
    else:
        yield "with curl:"
    yield from _by_curl(address, endpoint)


def _by_official_cli(address: str, endpoint: str) -> Iterator[str]:
    if address != DEFAULT_BASE_URL:
        # The SDK below it takes the host without a version. Source: docs/api.md, base URL.
        yield f"  {BASE_URL_VARIABLE}={quote(address.removesuffix('/v1'))} \\"
    indent = "  " if address == DEFAULT_BASE_URL else "    "
    yield f'{indent}tg batches submit "$file" {endpoint}'


def _by_curl(address: str, endpoint: str) -> Iterator[str]:
    """Yield two calls; the file comes from standard input, as curl reads names in its own way."""
    key = f'-H "Authorization: Bearer ${API_KEY_VARIABLE}"'
    yield f"  id=$(curl -fsS {key} \\"
    yield '    -F purpose=batch-api --form-string "file_name=${file##*/}" \\'
    yield "    -F 'file=@-;filename=requests.jsonl' <\"$file\" \\"
    yield f"    {quote(f'{address}/files/upload')} |"
    yield f"    {_FILE_ID})"
    asked = json.dumps({"input_file_id": "$id", "endpoint": endpoint}, ensure_ascii=False)
    yield f"  curl -fsS {key} \\"
    yield "    -H 'Content-Type: application/json' \\"
    body = quote(asked).replace("$id", "'\"$id\"'")
    yield f"    -d {body} \\"
    yield f"    {quote(f'{address}/batches')}"
