"""A body's compression undone in bounded steps, so that a gzip bomb can't fill the memory."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from batchbell.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The most that is unpacked in one step, bytes.
PIECE_BYTES = 64 * 2**10
#: zlib's word for: a gzip header is expected.
_GZIP = 31


def unpacker(encoding: str) -> Plain | Gzip:
    """Return what undoes a `Content-Encoding`; raises `MalformedError` for any but gzip."""
    match encoding.strip().lower():
        case "" | "identity":
            return Plain()
        case "gzip" | "x-gzip":
            return Gzip()
        case _:
            raise MalformedError("the answer is in a compression nobody asked for")


class Plain:
    """Leaves the body as it is."""

    #: Whether the body may end here: its end is found by the connection, not in the body.
    complete = True

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """Yield `data`."""
        yield data


class Gzip:
    """Unpacks gzip, of several members too. Source: RFC 1952."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._begun = False

    @property
    def complete(self) -> bool:
        """Whether the body may end here; an empty body is complete."""
        return self._member.eof or not self._begun

    def unpack(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` unpacks to, maybe nothing in a step; raises `MalformedError`."""
        self._begun = self._begun or bool(data)
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            try:
                piece = self._member.decompress(data, PIECE_BYTES)
            except zlib.error:
                raise MalformedError("the answer is broken gzip") from None
            yield piece
            data = self._member.unconsumed_tail or self._member.unused_data
