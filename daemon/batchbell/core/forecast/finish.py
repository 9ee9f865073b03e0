"""`forecast`: when a job will be done, going by its progress so far."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from batchbell.core.forecast.curve import ProgressCurve, progress_curve
from batchbell.core.forecast.pace import Pace, pace_of
from batchbell.core.outlook import HORIZON, Forecast, NoForecast, Obstacle

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Below this many moves of the progress there is no forecast.
FEWEST_MOVES = 3
#: Nor when the progress has stood still for so many times as long as it ever moved.
LONGEST_WAIT = 3.0
#: One outcome in ten lies more standard deviations than this off, on each side.
TENTH = 1.2816
#: No forecast is surer than this, as a relative standard deviation of the time it still takes;
#: by so much less sure is one that doubles the history's length, doubles it again, and so on.
LEAST_DOUBT = 0.1
#: ... and less sure of the delays: a job that never paused so far may still do.
LEAST_DOUBT_OF_DELAY = 0.25
#: A wait that has lasted an hour lasts another one as likely as not, and up to this many.
LONGER_WAIT = 5.0

_HORIZON_HOURS = HORIZON / timedelta(hours=1)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
#: The range's ends stay finite: e to this is far beyond the horizon.
_MOST_DOUBT = 10.0


def forecast(
    samples: Iterable[tuple[datetime, float]],
    *,
    started_at: datetime,
    seen_until: datetime,
    now: datetime,
) -> Forecast | NoForecast:
    """Forecast a job's finish from its `samples` of (time, fraction), recorded when it changed.

    `started_at` is since when the job has been in progress, as well as we know. `seen_until`
    is the last moment at which it was really looked at: what follows, up to `now`, is neither
    progress nor standstill. Times are aware. Never raises, in whatever order the samples come.
    """
    curve = progress_curve(samples, started_at=started_at, seen_until=seen_until, now=now)
    if curve is None:
        return NoForecast(obstacle=Obstacle.NO_PROGRESS_YET)
    against = _against(curve)
    if against is not None:
        return against
    return _outlook(curve, pace_of(curve), now)


def is_beyond(outlook: Forecast, now: datetime) -> bool:
    """Whether the finish is no moment, only the end of what is forecast."""
    return outlook.finish >= _later(now, _HORIZON_HOURS)


def _outlook(curve: ProgressCurve, pace: Pace, now: datetime) -> Forecast | NoForecast:
    hours = pace.hours_for(1 - curve.done)
    left = curve.seen + pace.waiting_hours + hours
    if left < 0:
        unseen = timedelta(hours=-curve.seen)
        return NoForecast(obstacle=Obstacle.NOT_LOOKED_AT, lasting=unseen)
    doubt = pace.doubt(hours)
    far = LEAST_DOUBT * (1 + math.log2(1 + hours / pace.known_hours))
    less = math.exp(-TENTH * math.hypot(doubt, far))
    more = math.exp(min(TENTH * math.hypot(doubt, max(far, LEAST_DOUBT_OF_DELAY)), _MOST_DOUBT))
    return Forecast(
        finish=_later(now, left),
        earliest=_later(now, curve.seen + hours * less),
        latest=_later(now, curve.seen + pace.waiting_hours * LONGER_WAIT + hours * more),
        rate=pace.average * pace.level,
        made_at=now,
        known_for=timedelta(hours=curve.seen - curve.points[0][0]),
    )


def _later(now: datetime, hours: float) -> datetime:
    """Return the moment `hours` after now, within the horizon and the calendar."""
    ahead = timedelta(hours=min(max(hours, 0.0), _HORIZON_HOURS))
    return now + min(ahead, max(_END_OF_TIME - now, timedelta()))


def _against(curve: ProgressCurve) -> NoForecast | None:
    if curve.done >= 1:
        return NoForecast(obstacle=Obstacle.ALL_DONE)
    if curve.moves < FEWEST_MOVES:
        return NoForecast(obstacle=Obstacle.TOO_FEW_SAMPLES)
    if curve.flat_hours > LONGEST_WAIT * curve.moving_hours:
        flat = timedelta(hours=curve.flat_hours)
        return NoForecast(obstacle=Obstacle.STANDS_STILL, lasting=flat)
    return None
