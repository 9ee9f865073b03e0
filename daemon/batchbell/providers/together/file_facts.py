"""The name and the size of a file, out of what `GET /files/{id}` answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from batchbell.core.text import harmless_line, shortened
from batchbell.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A description of a file has about 300 bytes; of a larger answer nothing is read.
MAX_FILE_BYTES = 64 * 1024
#: Longest name that is kept, characters; file systems end at 255 bytes.
MAX_NAME_CHARS = 255


def parse_file(body: bytes) -> Mapping[str, object]:
    """Return what is said of a file. Raises `MalformedError` if the body is no JSON object."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise MalformedError("the API answered with something that is not a file")
    return answer


def file_name_of(said: Mapping[str, object]) -> str:
    """Return the name without its folder, as one harmless line; '' if there is none."""
    name = said.get("filename")
    if not isinstance(name, str):
        return ""
    own = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return shortened(harmless_line(own.strip()), MAX_NAME_CHARS)


def file_size_of(said: Mapping[str, object]) -> int | None:
    """Return the size, bytes; None if there is none that can be."""
    size = said.get("bytes")
    return size if type(size) is int and size >= 0 else None
