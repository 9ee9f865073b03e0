"""`Trend`: what a job's progress so far says of the rest, which stays the same until it moves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.forecast.curve import ProgressCurve, progress_curve
from batchbell.core.forecast.pace import pace_of
from batchbell.core.outlook import Obstacle

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.core.forecast.curve import Sample

#: Below this many moves of the progress there is no forecast.
FEWEST_MOVES = 3
#: One outcome in ten lies more standard deviations than this off, on each side.
TENTH = 1.2816
#: No forecast is surer than this, as a relative standard deviation of the time it still takes;
#: by so much less sure is one that doubles the history's length, doubles it again, and so on.
LEAST_DOUBT = 0.1
#: ... and less sure of the delays: a job that never paused so far may still do.
LEAST_DOUBT_OF_DELAY = 0.25
#: The range's ends stay finite: e to this is far beyond the horizon.
_MOST_DOUBT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a job moves on, as it moved so far. Hours count from when it began."""

    began_at: datetime
    first_hour: float
    #: When it last moved.
    last_hour: float
    #: It stands still for so long between two moves, most of the time.
    usual_wait_hours: float
    #: How long it takes from the last move on, the present wait apart: expected, and so that one
    #: outcome in ten is below, and one above.
    hours: float
    least_hours: float
    most_hours: float
    #: Fraction of the job an hour.
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How a job moves on, or why nothing can be said whenever one asks."""

    course: Course | Obstacle
    #: It is the same at any time from then on; None if some of it is still ahead.
    holds_from: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether it is still the same."""
        return self.holds_from is not None and self.holds_from <= now


def trend_of(samples: Iterable[Sample], *, started_at: datetime | None, now: datetime) -> Trend:
    """Return what `samples` of (time, fraction) say `now`, in whatever order they come.

    `started_at` is when the job was seen to start, None if nobody saw that. Times are aware.
    Never raises.
    """
    known = list(samples)
    curve = progress_curve(known, started_at=started_at, now=now)
    times = [at for at, _ in known]
    all_past = max(times if started_at is None else [started_at, *times], default=now)
    return Trend(course=_course(curve), holds_from=all_past if all_past <= now else None)


def _course(curve: ProgressCurve | None) -> Course | Obstacle:
    if curve is None:
        return Obstacle.NO_PROGRESS_YET
    if curve.done >= 1:
        return Obstacle.ALL_DONE
    if curve.moves < FEWEST_MOVES:
        return Obstacle.TOO_FEW_SAMPLES
    pace = pace_of(curve)
    hours = pace.hours_for(1 - curve.done)
    doubt = pace.doubt(hours)
    far = LEAST_DOUBT * (1 + math.log2(1 + hours / pace.known_hours))
    less = math.exp(-TENTH * math.hypot(doubt, far))
    more = math.exp(min(TENTH * math.hypot(doubt, max(far, LEAST_DOUBT_OF_DELAY)), _MOST_DOUBT))
    return Course(
        began_at=curve.began_at,
        first_hour=curve.points[0][0],
        last_hour=curve.points[-1][0],
        usual_wait_hours=pace.usual_wait_hours,
        hours=hours,
        least_hours=hours * less,
        most_hours=hours * more,
        rate=pace.average * pace.level,
    )
