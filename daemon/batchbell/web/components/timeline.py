"""A running job's time as a line: created, now, the forecast's range, the deadline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.outlook import HORIZON, Forecast, NoForecast
from batchbell.messages.plain_text import relative
from batchbell.web.components.axis import Axis, Tick, later

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.snapshot import JobRecord

#: A forecast far beyond the deadline is cut so many times the job's time behind it.
_FURTHEST = 1.0
#: What is left free at the end, as a share of the whole.
_MARGIN = 0.02
#: A label nearer to an end would stick out, percents of the length.
_EDGE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A stretch of the line, percents of its length."""

    start: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Where the moments of a job lie, percents of the line; None for those that are not known."""

    now: float
    #: From the earliest to the latest finish that is likely.
    forecast: Band | None
    finish: float | None
    deadline: float | None
    #: Whether the expected finish is past the deadline.
    late: bool
    #: Round times of UTC along it.
    ticks: Sequence[Tick]
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
    start = min(created, now)
    axis = Axis(start, _end(start, now, deadline, forecast))
    return Timeline(
        now=axis.at(now),
        forecast=None if forecast is None else _band(axis, forecast),
        finish=None if forecast is None else axis.at(forecast.finish),
        deadline=None if deadline is None else axis.at(deadline),
        late=forecast is not None and deadline is not None and forecast.finish > deadline,
        ticks=tuple(tick for tick in axis.ticks() if _EDGE <= tick.at <= 100 - _EDGE),
        words=_words(created, now, deadline, forecast),
    )


def _end(
    start: datetime, now: datetime, deadline: datetime | None, forecast: Forecast | None
) -> datetime:
    likely = now if forecast is None else forecast.latest
    if deadline is not None:
        far = max(deadline, now)
        likely = max(far, min(likely, later(far, _FURTHEST * (far - start))))
    return later(likely, max(_MARGIN * (likely - start), timedelta(seconds=1)))


def _band(axis: Axis, forecast: Forecast) -> Band:
    start = axis.at(forecast.earliest)
    return Band(start=start, width=round(axis.at(forecast.latest) - start, 2))


def _words(
    created: datetime, now: datetime, deadline: datetime | None, forecast: Forecast | None
) -> str:
    parts = [f"created {relative(created, now)}"]
    if forecast is not None:
        parts.append(f"forecast to finish {relative(forecast.finish, now)}")
    if deadline is not None:
        parts.append(f"deadline {relative(deadline, now)}")
    return ", ".join(parts)
