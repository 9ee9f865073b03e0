"""The lines of a file that arrives in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Longer lines are not held, bytes.
LONGEST_LINE = 16_000_000


class LineSplitter:
    """Takes the bytes of a file in pieces of any size and returns its lines.

    A line is without its line feed, which the last one may lack; a carriage return before it stays.
    Blank lines and a byte order mark are left out; a line over `longest` bytes is None.
    """

    def __init__(self, *, longest: int = LONGEST_LINE) -> None:
        self._longest = longest

    def feed(self, piece: bytes) -> Iterable[bytes | None]:
        """Return the lines that end in this piece."""
        raise NotImplementedError

    def close(self) -> Iterator[bytes | None]:
        """Return the line that has no end, if there is one."""
        raise NotImplementedError
