"""`Answer`: what the simulator says to one request, and how it puts it on the wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A whole body, or its pieces when it is too long to hold.
Body: TypeAlias = "bytes | Iterable[bytes]"

JSON_TYPE = "application/json; charset=utf-8"


class Ending(Enum):
    """What the server does after the last byte it sends."""

    #: The message is complete, the connection is kept.
    COMPLETE = "complete"
    #: Nothing more comes, the connection stays open.
    HANG = "hang"
    #: The connection is closed in the middle of the message.
    CLOSE = "close"
    #: The connection is torn down with a TCP reset.
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How an answer is sent; the default is: at once, whole, kept alive. Seconds are real ones."""

    #: Wait before the first byte.
    delay_seconds: float = 0.0
    #: Above 0: the body is sent byte by byte with this pause after each.
    seconds_per_byte: float = 0.0
    #: Whether the status line and headers are dripped too.
    drip_headers: bool = False
    #: Share of the body that is sent, 0 to 1; None: not even the headers.
    sent_share: float | None = 1.0
    ending: Ending = Ending.COMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer before it is compressed and framed."""

    status: int = 200
    body: Body = b""
    content_type: str = JSON_TYPE
    #: More headers; a `content-encoding` here means that `body` is encoded already.
    headers: tuple[tuple[str, str], ...] = ()
    #: What Content-Length claims for a body in pieces; None: chunked.
    claimed_length: int | None = None
    #: How far the Date header is off; None: there is none.
    date_skew: timedelta | None = timedelta(0)
    wire: Wire = field(default_factory=Wire)

    def whole_body(self) -> bytes:
        """Return the body in one piece."""
        return self.body if isinstance(self.body, bytes) else b"".join(self.body)


def json_bytes(value: object) -> bytes:
    """Return `value` as JSON without line breaks or spare spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


def json_answer(value: object, status: int = 200) -> Answer:
    """Return `value` as a JSON answer."""
    return Answer(status=status, body=json_bytes(value))
