"""Quiet hours: weekly windows of wall-clock time in which a channel's messages are held."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, tzinfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = frozenset(range(len(_DAYS)))
_DAY = timedelta(days=1)
#: Windows that follow each other without a break are one; a whole week of them never ends.
_WEEK = timedelta(days=7)
_MIDNIGHT = time(0)
_WINDOW = re.compile(
    r"(?:(?P<days>[a-z]{3}(?:\s*[-,]\s*[a-z]{3})*))?\s*"
    r"(?:(?P<start>[0-9]{1,2}:[0-9]{2})\s*-\s*(?P<end>[0-9]{1,2}:[0-9]{2}))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietWindow:
    """A span of wall-clock time; one that ends at or before its start ends on the next day."""

    #: The days it begins on: 0 is Monday.
    days: frozenset[int] = _EVERY_DAY
    start: time
    end: time

    def bounds(self, day: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """Return its first moment and its end if it begins on `day`, in UTC."""
        last = day + _DAY if self.end <= self.start else day
        return _moment(day, self.start, zone, fold=0), _moment(last, self.end, zone, fold=1)


def parse_window(text: str) -> QuietWindow:
    """Read `22:00-07:00`, `mon-fri 22:00-07:00`, `sat,sun`; raises ValueError in words.

    The days are those it begins on; without times it is the whole day, up to `24:00`.
    """
    match = _WINDOW.fullmatch(text.strip().lower())
    if match is None or not (match["days"] or match["start"]):
        raise ValueError(
            'must be days, a span of time or both: "22:00-07:00", "mon-fri 22:00-07:00", "sat,sun"'
        )
    days = _days(match["days"]) if match["days"] else _EVERY_DAY
    start, end = _time(match["start"] or "00:00"), _time(match["end"] or "24:00")
    if start == end and match["end"] != "24:00" and match["start"]:
        raise ValueError('begins where it ends: write "00:00-24:00" for the whole day')
    return QuietWindow(days=days, start=start, end=end)


def quiet_until(windows: Sequence[QuietWindow], zone: tzinfo, now: datetime) -> datetime | None:
    """Return when the quiet time that `now` lies in ends, in UTC; None outside of any.

    Windows that touch are one, up to a week. A time that the clock skips (the start of summer time)
    is taken as much later as it skips; of one that comes twice a window begins at the first and
    ends at the second.
    """
    end = _end_at(windows, zone, now)
    while end is not None:
        later = _end_at(windows, zone, end)
        if later is None or end - now >= _WEEK:
            return end
        end = later
    return None


def never_ends(windows: Sequence[QuietWindow]) -> bool:
    """Whether the windows leave no moment of the week."""
    monday = datetime(2024, 1, 1, tzinfo=UTC)
    end = quiet_until(windows, UTC, monday)
    return end is not None and end - monday >= _WEEK


def _end_at(windows: Iterable[QuietWindow], zone: tzinfo, moment: datetime) -> datetime | None:
    """Return the latest end of those windows that `moment` lies in."""
    today = moment.astimezone(zone).date()
    bounds = (
        window.bounds(day, zone)
        for window in windows
        for day in (today - _DAY, today)
        if day.weekday() in window.days
    )
    return max((end for start, end in bounds if start <= moment < end), default=None)


def _moment(day: date, wall: time, zone: tzinfo, *, fold: int) -> datetime:
    local = datetime.combine(day, wall, tzinfo=zone)
    # Of a time that does not exist, fold=1 would be the hour before (PEP 495).
    exists = local.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == local.replace(
        tzinfo=None
    )
    return local.replace(fold=fold if exists else 0).astimezone(UTC)


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        start, end = _day(first), _day(last or first)
        found |= {(start + step) % len(_DAYS) for step in range((end - start) % len(_DAYS) + 1)}
    return frozenset(found)


def _day(name: str) -> int:
    if name not in _DAYS:
        raise ValueError(f"has no valid day: write {', '.join(_DAYS)}")
    return _DAYS.index(name)


def _time(text: str) -> time:
    if text == "24:00":
        return _MIDNIGHT
    hour, minute = map(int, text.split(":"))
    try:
        return time(hour, minute)
    except ValueError:
        raise ValueError("has no valid time of day: 00:00 to 24:00") from None
