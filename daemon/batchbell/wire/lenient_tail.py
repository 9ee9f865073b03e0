"""Bytes of a JSON list, from anywhere between two values on, read by the lenient reader."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from batchbell.wire.json_rows import JsonList, Place

if TYPE_CHECKING:
    from collections.abc import Callable


class LenientTail:
    """The rest of a list that could not be split: each row decoded, whatever is wrong with it."""

    def __init__(self, take: Callable[[object], None], max_row_bytes: int) -> None:
        self.is_open = False
        self._take = take
        self._max_row_bytes = max_row_bytes

    def open(self, place: Place) -> None:
        """Begin at a place in the list."""
        self.is_open = True
        encoding = "utf-8-sig" if place is Place.START else "utf-8"
        self._to_text = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._list = JsonList(self._take, max_value_chars=self._max_row_bytes, place=place)

    def feed(self, piece: bytes) -> None:
        """Take the next piece; raises `MalformedError`."""
        self._list.feed(self._to_text.decode(piece))

    def close(self) -> None:
        """Say that nothing more comes; raises `MalformedError` if the list has not ended."""
        self._list.feed(self._to_text.decode(b"", final=True))
        self._list.close()
