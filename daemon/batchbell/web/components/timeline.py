"""A running job's time as a line: created, now, the forecast's range, the deadline.

All of them have the same scale, so that now is below now. What is near is drawn wider than what is
far off: a deadline in 24 minutes and one in a day are both to be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import log1p
from typing import TYPE_CHECKING

from batchbell.core.outlook import HORIZON, Forecast, NoForecast
from batchbell.messages.plain_text import duration, relative
from batchbell.web.components.axis import Tick

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.snapshot import JobRecord

#: Where now is, percents of the line, and how far the line goes to either side of it.
NOW = 35.0
_BACK, _AHEAD = timedelta(hours=24), timedelta(hours=48)
#: What is nearer than that is drawn about evenly.
_NEAR = timedelta(hours=1)
_NONE = timedelta()
_SIGNS = ("\u2212", "+")
_TICKS = tuple(timedelta(hours=hours) for hours in (-24, -6, 1, 3, 6, 12, 24))


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A stretch of the line, percents of its length."""

    start: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Where the moments of a job lie, percents of the line; None: not known, or beyond its end."""

    created: float
    now: float
    #: From the earliest to the latest finish that is likely.
    forecast: Band | None
    finish: float | None
    deadline: float | None
    #: Whether the expected finish is past the deadline.
    late: bool
    #: The same for those who can't see it.
    words: str


def timeline(
    record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime
) -> Timeline | None:
    """Return the line of a running job; None if neither its deadline nor its finish is known."""
    deadline, created = record.job.job_deadline, record.job.created_at or record.first_seen_at
    forecast = outlook if isinstance(outlook, Forecast) else None
    if forecast is not None and forecast.finish - now >= HORIZON:
        forecast = None
    if deadline is None and forecast is None:
        return None
    return Timeline(
        created=_at(min(created, now) - now),
        now=NOW,
        forecast=None if forecast is None else _band(forecast, now),
        finish=None if forecast is None else _inside(forecast.finish - now),
        deadline=None if deadline is None else _inside(deadline - now),
        late=forecast is not None and deadline is not None and forecast.finish > deadline,
        words=_words(created, now, deadline, forecast),
    )


def scale() -> list[Tick]:
    """Return the places that stand above all lines, now among them."""
    ticks = (Tick(_at(off), f"{_SIGNS[off > _NONE]}{duration(off)}") for off in _TICKS)
    return sorted((*ticks, Tick(NOW, "now")))


def _at(off: timedelta) -> float:
    """Return where a moment is that is so far off; what is beyond an end is there."""
    reach, room = (_AHEAD, 100 - NOW) if off > _NONE else (_BACK, -NOW)
    share = log1p(min(abs(off), reach) / _NEAR) / log1p(reach / _NEAR)
    return round(NOW + room * share, 2)


def _inside(off: timedelta) -> float | None:
    return _at(off) if -_BACK <= off <= _AHEAD else None


def _band(forecast: Forecast, now: datetime) -> Band | None:
    start, end = _at(forecast.earliest - now), _at(forecast.latest - now)
    return (
        None
        if _inside(forecast.earliest - now) is None
        else Band(start=start, width=round(end - start, 2))
    )


def _words(
    created: datetime, now: datetime, deadline: datetime | None, forecast: Forecast | None
) -> str:
    parts = [f"created {relative(created, now)}"]
    if forecast is not None:
        parts.append(f"forecast to finish {relative(forecast.finish, now)}")
    if deadline is not None:
        parts.append(f"deadline {relative(deadline, now)}")
    return ", ".join(parts)
