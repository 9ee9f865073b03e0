"""Time as a line across the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: Distances between two ticks that people read easily.
_STEPS = (
    *(n * timedelta(seconds=1) for n in (1, 5, 15, 30)),
    *(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * _HOUR for n in (1, 2, 3, 6, 12)),
    *(n * _DAY for n in (1, 2, 7, 14, 30, 90, 365)),
)
_MOST_TICKS = 6
#: The shortest axis: jobs may begin and end within one second.
_SHORTEST = timedelta(seconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


class Tick(NamedTuple):
    """A labelled place."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From `start` to `end`; places on it are percents of its length, 0 to 100."""

    start: datetime
    end: datetime

    def at(self, moment: datetime) -> float:
        """Return a moment's place; what is outside is at the end it lies beyond."""
        share = (moment - self.start) / max(self.end - self.start, _SHORTEST)
        return round(min(max(share, 0.0), 1.0) * 100, 2)

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies on it."""
        return self.start <= moment <= self.end

    def ticks(self) -> Iterator[Tick]:
        """Yield round times of UTC, in order."""
        length = max(self.end - self.start, _SHORTEST)
        step = next((step for step in _STEPS if length / step <= _MOST_TICKS), length)
        form = "%b %d" if step >= _DAY else "%H:%M" if step >= _MINUTE else "%H:%M:%S"
        passed = -(-(self.start - _EPOCH) // step)
        while (moment := later(_EPOCH, passed * step)) <= self.end and moment < _LATEST:
            yield Tick(self.at(moment), moment.strftime(form))
            passed += 1


def later(moment: datetime, length: timedelta) -> datetime:
    """Return the moment so much later, the calendar's end at most."""
    return moment + min(length, _LATEST - moment)
