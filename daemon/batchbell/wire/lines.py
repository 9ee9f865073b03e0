"""The lines of a file that arrives in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

#: Longer lines are not held, bytes.
LONGEST_LINE = 16_000_000

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


#: How much of a file on the disk is looked at at once, bytes.
_PIECE = 65_536


def placed_lines(
    file: BinaryIO, *, longest: int = LONGEST_LINE
) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines of a file on the disk as a `LineSplitter` has them, each with its first byte.

    From there on a line has its length in bytes, so that it can be read again; of one that is None
    the first byte is not known.
    """
    splitter = LineSplitter(longest=longest)
    end = 0
    while piece := file.readline(_PIECE):
        end += len(piece)
        for line in splitter.feed(piece):
            yield end - 1 - len(line or b""), line
    for line in splitter.close():
        yield end - len(line or b""), line


class LineSplitter:
    """Takes the bytes of a file in pieces of any size and returns its lines.

    A line is without its line feed, which the last one may lack; a carriage return before it stays.
    Blank lines and a byte order mark are left out; a line over `longest` bytes is None.
    """

    def __init__(self, *, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        # the line that has not ended yet, and how long it is with what is not held of it
        self._pieces: list[bytes] = []
        self._length = 0
        self._is_first = True

    def feed(self, piece: bytes) -> Iterator[bytes | None]:
        """Yield the lines that end in this piece; take all of them before the next piece."""
        *ended, rest = piece.split(b"\n")
        for part in ended:
            yield from self._ended(part)
        self._hold(rest)

    def close(self) -> Iterator[bytes | None]:
        """Yield the line that has no end, if there is one."""
        yield from self._ended(b"")

    def _ended(self, part: bytes) -> Iterator[bytes | None]:
        if self._length:
            self._hold(part)
            is_long = self._length > self._longest + len(_BYTE_ORDER_MARK) * self._is_first
            part = b"".join(self._pieces)
            self._pieces.clear()
            self._length = 0
            if is_long:
                self._is_first = False
                yield None
                return
        if self._is_first:
            self._is_first = False
            part = part.removeprefix(_BYTE_ORDER_MARK)
        if len(part) > self._longest:
            yield None
        elif part and not part.isspace():
            yield part

    def _hold(self, part: bytes) -> None:
        self._length += len(part)
        if self._length <= self._longest + len(_BYTE_ORDER_MARK):
            self._pieces.append(part)
        else:
            self._pieces.clear()
