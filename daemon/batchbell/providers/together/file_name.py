"""The name of a file, out of what `GET /files/{id}` answers."""

from __future__ import annotations

import json

from batchbell.core.text import harmless_line, shortened
from batchbell.errors import MalformedError

#: A description of a file has about 300 bytes; of a larger answer nothing is read.
MAX_FILE_BYTES = 64 * 1024
#: Longest name that is kept, characters; file systems end at 255 bytes.
MAX_NAME_CHARS = 255


def parse_file_name(body: bytes) -> str:
    """Return the name without its folder, as one harmless line; '' if there is none.

    Raises `MalformedError` if the body is no JSON object.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise MalformedError("the API answered with something that is not a file")
    name = answer.get("filename")
    if not isinstance(name, str):
        return ""
    own = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return shortened(harmless_line(own.strip()), MAX_NAME_CHARS)
