"""Rows kept in memory until it is known what they are good for."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: So much is kept as it is: the rows of 100,000 jobs by the column, bytes.
ROOM_BYTES = 16 * 2**20


class PackedRows:
    """Pieces of bytes in their order; beyond `room_bytes` they are packed to about a fourth."""

    def __init__(self, room_bytes: int = ROOM_BYTES) -> None:
        self._room = room_bytes
        self._pieces: list[bytes] = []
        self._packer = zlib.compressobj(level=1)
        self._packed: list[bytes] = []

    def append(self, piece: bytes) -> None:
        """Add a piece."""
        self._room -= len(piece)
        if self._room >= 0:
            self._pieces.append(piece)
        else:
            self._packed.append(self._packer.compress(len(piece).to_bytes(4, "big") + piece))

    def __iter__(self) -> Iterator[bytes]:
        """Yield the pieces in their order."""
        yield from self._pieces
        if not self._packed:
            return
        packer = self._packer.copy()
        unpacker = zlib.decompressobj()
        buffer = bytearray()
        for some in (*self._packed, packer.flush()):
            buffer += unpacker.decompress(some)
            yield from _whole_pieces(buffer)


def _whole_pieces(buffer: bytearray) -> Iterator[bytes]:
    """Yield the pieces that are there as a whole, and take them out of the buffer."""
    start = 0
    while len(buffer) >= start + 4:
        end = start + 4 + int.from_bytes(buffer[start : start + 4], "big")
        if end > len(buffer):
            break
        yield bytes(buffer[start + 4 : end])
        start = end
    del buffer[:start]
