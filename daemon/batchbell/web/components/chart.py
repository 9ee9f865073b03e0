"""A job's progress over time as a drawing: what was seen, the forecast, the deadline, blind time.

Across, places are percents of the axis; lines and areas are points of a box of 1000 by 1000, which
the page stretches to its size, so that the words in the drawing keep theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.ended import ended_at
from batchbell.core.outlook import Forecast, NoForecast
from batchbell.messages.event_words import can_be_drawn
from batchbell.messages.plain_text import percent, short_times, utc_time
from batchbell.web.components.axis import Axis, Tick, later
from batchbell.web.components.timeline import Band

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.gap import Gap
    from batchbell.core.snapshot import JobRecord

#: A deadline further off than so many times the job's own length is not drawn, only named.
_FURTHEST = 3.0
#: A job watched for a smaller share of its time is drawn from a little before that: this share.
_LEAST_WATCHED = 1 / 3
_BEFORE = 0.1
#: What is left free at the end, as a share of the whole.
_MARGIN = 0.03
_BOX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is drawn; points are `x,y x,y ...` in the box, '' for what there is nothing of."""

    line: str
    area: str
    #: From what was seen last to the expected finish, and the room between earliest and latest.
    ray: str
    cone: str
    ticks: Sequence[Tick]
    #: When the drawing begins and ends, with days.
    first: str
    last: str
    blind: Sequence[Band]
    #: From the earliest finish to the latest: near its end the room between is too narrow to see.
    likely: Band | None
    #: Percents of the width; None for what is not on the drawing.
    now: float | None
    ended: float | None
    deadline: float | None
    #: That the job is older than the drawing; '' if it is not.
    unwatched: str
    #: Whether the deadline is beyond the drawing's end.
    is_deadline_beyond: bool
    #: The same for those who can't see it.
    words: str


def chart(
    record: JobRecord,
    samples: Sequence[tuple[datetime, float]],
    outlook: Forecast | NoForecast | None,
    gaps: Sequence[Gap],
    now: datetime,
) -> Chart | None:
    """Return the drawing of a job; None if its progress was seen once at most: a point is no line.

    `samples` are (time, fraction done), oldest first, `gaps` when its account was not looked at.
    """
    if not can_be_drawn(samples):
        return None
    ended = ended_at(record)
    forecast = outlook if isinstance(outlook, Forecast) else None
    created = min(record.job.created_at or samples[0][0], samples[0][0])
    start = _start(created, samples, ended or now)
    axis = Axis(start, _end(start, ended or now, record.job.job_deadline, forecast))
    seen = _seen(record, samples, ended or now)
    deadline = record.job.job_deadline
    first = short_times(samples[0][0], now)[0]
    return Chart(
        line=_points(axis, seen),
        area=_points(axis, [(seen[0][0], 0.0), *seen, (seen[-1][0], 0.0)]),
        ray="" if forecast is None else _points(axis, [seen[-1], (forecast.finish, 1.0)]),
        cone=""
        if forecast is None
        else _points(axis, [seen[-1], (forecast.earliest, 1.0), (forecast.latest, 1.0)]),
        ticks=tuple(axis.ticks()),
        first=utc_time(axis.start),
        last=utc_time(axis.end),
        blind=tuple(
            _band(axis, gap.since, gap.until)
            for gap in gaps
            if gap.until > axis.start and gap.since < axis.end
        ),
        likely=None if forecast is None else _band(axis, forecast.earliest, forecast.latest),
        now=None if ended is not None else axis.at(now),
        ended=None if ended is None else axis.at(ended),
        deadline=axis.at(deadline) if deadline is not None and axis.holds(deadline) else None,
        unwatched=f"not watched before {first} UTC" if start > created else "",
        is_deadline_beyond=ended is None and deadline is not None and deadline > axis.end,
        words=_words(seen, forecast, deadline),
    )


def _start(
    created: datetime, samples: Sequence[tuple[datetime, float]], until: datetime
) -> datetime:
    """Return where to begin: of what nobody watched there is nothing to draw."""
    watched = until - samples[0][0]
    if timedelta() < watched < _LEAST_WATCHED * (until - created):
        return samples[0][0] - _BEFORE * watched
    return created


def _end(
    start: datetime, until: datetime, deadline: datetime | None, forecast: Forecast | None
) -> datetime:
    end = (
        max(until, forecast.finish + (forecast.latest - forecast.finish) / 2) if forecast else until
    )
    if deadline is not None and deadline <= later(start, _FURTHEST * (end - start)):
        end = max(end, deadline)
    return later(end, max(_MARGIN * (end - start), timedelta(seconds=1)))


def _seen(
    record: JobRecord, samples: Sequence[tuple[datetime, float]], until: datetime
) -> list[tuple[datetime, float]]:
    """Return the samples up to the last look: between two of them progress went on evenly."""
    last_look = min(max(record.last_seen_at, samples[-1][0]), max(until, samples[-1][0]))
    last = record.job.progress if record.job.progress is not None else samples[-1][1]
    return [*samples, (last_look, last)]


def _band(axis: Axis, since: datetime, until: datetime) -> Band:
    return Band(start=axis.at(since), width=round(axis.at(until) - axis.at(since), 2))


def _points(axis: Axis, points: Sequence[tuple[datetime, float]]) -> str:
    return " ".join(f"{axis.at(at) * _BOX / 100:g},{(1 - done) * _BOX:.0f}" for at, done in points)


def _words(
    seen: Sequence[tuple[datetime, float]], forecast: Forecast | None, deadline: datetime | None
) -> str:
    (first_at, first), (last_at, last) = seen[0], seen[-1]
    parts = [
        f"{percent(first)} at {utc_time(first_at)}, {percent(last)} at {utc_time(last_at)}",
        "" if forecast is None else f"forecast to finish at {utc_time(forecast.finish)}",
        "" if deadline is None else f"deadline {utc_time(deadline)}",
    ]
    return ", ".join(part for part in parts if part)
