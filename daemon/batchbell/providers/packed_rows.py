"""Rows as they came, kept in memory until it is known what they are good for."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class PackedRows:
    """Rows in memory, packed to about a tenth."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(level=2)
        self._packed: list[bytes] = []

    def append(self, row: bytes) -> None:
        """Add a row."""
        self._packed.append(self._packer.compress(len(row).to_bytes(4, "big") + row))

    def __iter__(self) -> Iterator[bytes]:
        """Yield the rows in their order."""
        packer = self._packer.copy()
        unpacker = zlib.decompressobj()
        buffer = bytearray()
        for piece in (*self._packed, packer.flush()):
            buffer += unpacker.decompress(piece)
            yield from _whole_rows(buffer)


def _whole_rows(buffer: bytearray) -> Iterator[bytes]:
    """Yield the rows that are there as a whole, and take them out of the buffer."""
    start = 0
    while len(buffer) >= start + 4:
        end = start + 4 + int.from_bytes(buffer[start : start + 4], "big")
        if end > len(buffer):
            break
        yield bytes(buffer[start + 4 : end])
        start = end
    del buffer[:start]
