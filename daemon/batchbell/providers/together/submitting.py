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
    address, name = with_version(base_url), quote(path)
    if endpoint in _KNOWN:
        # The SDK below it takes the host without a version. Source: docs/api.md, base URL.
        host = quote(address.removesuffix("/v1"))
        elsewhere = "" if address == DEFAULT_BASE_URL else f"{BASE_URL_VARIABLE}={host} "
        yield "with the official CLI (together 3):"
        yield f"  {elsewhere}tg batches submit {name} {_KNOWN[endpoint]}"
        yield "or with curl:"
    else:
        yield "with curl:"
    key = f'-H "Authorization: Bearer ${API_KEY_VARIABLE}"'
    form = quote(f"file=@{_in_form(path)}")
    file_name = quote(f"file_name={path.rpartition('/')[2]}")
    yield f"  file=$(curl -fsS {key} -F purpose=batch-api \\"
    yield f"    -F {file_name} -F {form} \\"
    yield f"    {quote(f'{address}/files/upload')} | {_FILE_ID})"
    yield f"  curl -fsS {key} -H 'Content-Type: application/json' \\"
    asked = json.dumps({"input_file_id": "$file", "endpoint": endpoint}, ensure_ascii=False)
    body = quote(asked).replace("$file", "'\"$file\"'")
    yield f"    -d {body} {quote(f'{address}/batches')}"


def _in_form(path: str) -> str:
    """Return a path as curl's forms have it. Source: curl(1), --form."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
