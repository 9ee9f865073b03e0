"""Stretches of whole rows as a listing had them, and where rows end in bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Iterator, Sequence

    import msgspec

#: White space between two rows is looked through so far, bytes.
GAP = 64
#: Braces looked at for the end of a row; a text full of them must not cost more.
_BRACES = 256
#: What JSON takes for white space.
SPACE = b" \t\n\r"


class Sketch(NamedTuple):
    """What of a row is remembered instead of the row."""

    #: b"" for a row without a usable id, which is left out of the listing.
    id: bytes
    #: Bits (0 to 255) that the provider gives a meaning.
    marks: int


class Sketches(NamedTuple):
    """What is remembered of several rows."""

    #: The id of each row, one a line.
    id_lines: bytes
    #: The marks of each row.
    marks: bytes

    @classmethod
    def of(cls, pairs: Iterable[tuple[bytes, int]]) -> Self:
        """Put sketches of one row each together."""
        ids, marks = zip(*pairs, strict=True)
        return cls(b"\n".join(ids), bytes(marks))

    def each(self) -> Iterator[tuple[bytes, int]]:
        """Yield the sketch of each row, as the plain pair that `zip` makes."""
        return zip(self.id_lines.split(b"\n"), self.marks, strict=True)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Window:
    """A stretch of whole rows as a listing had it; about 46 bytes a row with ids of 36."""

    #: Bytes, and their fingerprint.
    size: int
    print: int
    #: The fingerprint of each row.
    prints: array[int]
    sketches: Sketches
    #: The marks of all rows together.
    any_marks: int

    @property
    def ids(self) -> list[bytes]:
        """The id of each row."""
        return self.sketches.id_lines.split(b"\n")


def last_row_end(buffer: bytearray, brace: int) -> int | None:
    """Return the place of the last comma between two rows before `brace`, None if none is near.

    It may be inside a text that looks so; then the rows before it can't be split.
    """
    for _ in range(_BRACES):
        brace = buffer.rfind(b"{", 0, brace)
        if brace < 0:
            return None
        start = max(brace - GAP, 0)
        before = buffer[start:brace].rstrip(SPACE)
        if before.endswith(b",") and before[:-1].rstrip(SPACE).endswith(b"}"):
            return start + len(before) - 1
    return None


def end_of(rows: Sequence[msgspec.Raw], count: int, stretch: bytes) -> int:
    """Return the place of the comma behind the first `count` rows of those in a stretch."""
    if sum(map(len, rows)) + len(rows) - 1 == len(stretch):
        # With no space between them, as nearly all write them.
        return sum(map(len, rows[:count])) + count - 1
    comma = -1
    for row in rows[:count]:
        start = comma + 1
        while stretch[start] in SPACE:
            start += 1
        comma = stretch.index(b",", start + len(row))
    return comma
