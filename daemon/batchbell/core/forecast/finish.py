"""`forecast`: when a job will be done, going by its progress so far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from batchbell.core.forecast.curve import hours_since
from batchbell.core.forecast.trend import Course, trend_of
from batchbell.core.outlook import HORIZON, Forecast, NoForecast, Obstacle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.core.forecast.curve import Sample
    from batchbell.core.forecast.trend import Trend

#: There is no forecast when the progress has stood still for so many times as long as it moved.
LONGEST_WAIT = 3.0
#: A wait that has lasted an hour lasts another one as likely as not, and up to this many.
LONGER_WAIT = 5.0

_HORIZON_HOURS = HORIZON / timedelta(hours=1)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def forecast(
    samples: Iterable[Sample],
    *,
    started_at: datetime | None,
    seen_until: datetime,
    now: datetime,
) -> Forecast | NoForecast:
    """Forecast a job's finish from its `samples` of (time, fraction), recorded when it changed.

    `started_at` is when the job was seen to start, None if nobody saw that. `seen_until` is the
    last moment at which it was really looked at: what follows, up to `now`, is neither progress
    nor standstill. Times are aware. Never raises, in whatever order the samples come.
    """
    trend = trend_of(samples, started_at=started_at, now=now)
    return forecast_by(trend, seen_until=seen_until, now=now)


def forecast_by(trend: Trend, *, seen_until: datetime, now: datetime) -> Forecast | NoForecast:
    """Return the same of a trend that holds `now`."""
    course = trend.course
    if isinstance(course, Obstacle):
        return NoForecast(obstacle=course)
    today = hours_since(course.began_at, now)
    seen = max(hours_since(course.began_at, min(seen_until, now)), course.last_hour)
    flat = seen - course.last_hour
    if flat > LONGEST_WAIT * (course.last_hour - course.first_hour):
        return NoForecast(obstacle=Obstacle.STANDS_STILL, lasting=timedelta(hours=flat))
    return _outlook(course, seen - today, flat, now)


def is_beyond(outlook: Forecast, now: datetime) -> bool:
    """Whether the finish is no moment, only the end of what is forecast."""
    return outlook.finish >= _later(now, _HORIZON_HOURS)


def _outlook(course: Course, seen: float, flat: float, now: datetime) -> Forecast | NoForecast:
    """Return the outlook `now`, from which the hours of `seen` count."""
    waiting = max(flat - course.usual_wait_hours, 0.0)
    left = seen + waiting + course.hours
    if left < 0:
        return NoForecast(obstacle=Obstacle.NOT_LOOKED_AT, lasting=timedelta(hours=-seen))
    return Forecast(
        finish=_later(now, left),
        earliest=_later(now, seen + course.least_hours),
        latest=_later(now, seen + waiting * LONGER_WAIT + course.most_hours),
        rate=course.rate,
        made_at=now,
        known_for=timedelta(hours=course.last_hour + flat - course.first_hour),
    )


def _later(now: datetime, hours: float) -> datetime:
    """Return the moment `hours` after now, within the horizon and the calendar."""
    ahead = timedelta(hours=min(max(hours, 0.0), _HORIZON_HOURS))
    return now + min(ahead, max(_END_OF_TIME - now, timedelta()))
