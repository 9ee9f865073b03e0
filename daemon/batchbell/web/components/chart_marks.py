"""Where the names of a drawing's upright lines stand: each beside its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How wide a name is on a phone, percents of the drawing, and how far it may reach beyond its edge.
_WIDTHS = {"now": 8.0, "ended": 11.5, "deadline": 18.0}
_BEYOND = 5.2


class Mark(NamedTuple):
    """A name beside its line."""

    name: str
    at: float
    #: On which side of the line: "left" or "right".
    side: str


def marks(name: str, at: float, deadline: float | None) -> Iterator[Mark]:
    """Yield the names of the lines that are drawn, by their places: percents from the left.

    `name` is that of the moment up to which was looked. Each name stands away from the other line,
    if it has room there. The deadline's has a row of its own, above the other line.
    """
    is_ahead = deadline is not None and at < deadline
    yield Mark(name, at, _side(name, at, outer="left" if is_ahead else "right"))
    if deadline is not None:
        outer = "right" if is_ahead else "left"
        yield Mark("deadline", deadline, _side("deadline", deadline, outer=outer))


def _side(name: str, at: float, *, outer: str) -> str:
    left, right = ("left", at), ("right", 100 - at)
    (wanted, room), (other, _) = (left, right) if outer == "left" else (right, left)
    return wanted if room + _BEYOND >= _WIDTHS[name] else other
