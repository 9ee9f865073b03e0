"""`ApiAnswer`: what the simulator says to one request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A whole body, or its pieces when it is too long to hold.
Body: TypeAlias = "bytes | Iterable[bytes]"

JSON_TYPE = "application/json; charset=utf-8"
FILE_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswer:
    """One HTTP answer before it is compressed and framed."""

    status: int = 200
    body: Body = b""
    content_type: str = JSON_TYPE
    #: More headers; a `content-encoding` here means that `body` is encoded already.
    headers: tuple[tuple[str, str], ...] = ()
    #: What Content-Length says of a body in pieces; None: it is chunked.
    length: int | None = None


def json_bytes(value: object) -> bytes:
    """Return `value` as JSON without line breaks or spare spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


def json_answer(value: object, status: int = 200) -> ApiAnswer:
    """Return `value` as a JSON answer."""
    return ApiAnswer(status=status, body=json_bytes(value))
