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
from batchbell.web.components.chart_marks import Mark, marks
from batchbell.web.components.timeline import Band

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.core.gap import Gap
    from batchbell.core.snapshot import JobRecord

#: A deadline further off than so many times the job's own length is not drawn, only named.
_FURTHEST = 3.0
#: A job watched for a smaller share of its time is drawn from a little before that: this share.
_LEAST_WATCHED = 1 / 3
_BEFORE = 0.1
#: The latest finish is drawn up to so many times as far off as the expected one.
_FURTHEST_FINISH = 2.0
#: What is left free at the end, as a share of the whole; the name of what stands last has room,
#: that of a deadline if it is so near that it would stand over "now" on its other side.
_MARGIN, _MARGIN_FOR_NAME, _MARGIN_FOR_DEADLINE = 0.03, 0.1, 0.16
_NEAR_DEADLINE = 0.25
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
    #: Up to when was looked, "now" or "ended", and where that is: percents of the width.
    until: str
    until_at: float
    #: The same of the deadline; None if it is not on the drawing.
    deadline: float | None
    #: Their names, each beside its own line.
    marks: Sequence[Mark]
    #: That the job is older than the drawing; '' if it is not.
    unwatched: str
    #: Whether the deadline is beyond the drawing's end.
    is_deadline_beyond: bool
    #: Whether the latest finish is.
    is_latest_beyond: bool
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
    name, until = ("now", now) if ended is None else ("ended", ended)
    start = _start(created, samples, until)
    deadline = record.job.job_deadline
    if ended is not None and deadline is not None and deadline > ended:
        # Of one that has ended before it matters no more.
        deadline = None
    axis = Axis(start, _end(start, until, deadline, forecast))
    seen = _seen(record, samples, until)
    first = short_times(samples[0][0], now)[0]
    due_at = axis.at(deadline) if deadline is not None and axis.holds(deadline) else None
    return Chart(
        line=_points(axis, seen),
        area=_points(axis, [(seen[0][0], 0.0), *seen, (seen[-1][0], 0.0)]),
        ray="" if forecast is None else _points(axis, [seen[-1], (forecast.finish, 1.0)]),
        cone="" if forecast is None else _points(axis, list(_cone(axis, seen[-1], forecast))),
        ticks=tuple(axis.ticks()),
        first=utc_time(axis.start),
        last=utc_time(axis.end),
        blind=tuple(
            _band(axis, gap.since, gap.until)
            for gap in gaps
            if gap.until > axis.start and gap.since < axis.end
        ),
        likely=None if forecast is None else _band(axis, forecast.earliest, forecast.latest),
        until=name,
        until_at=axis.at(until),
        deadline=due_at,
        marks=tuple(marks(name, axis.at(until), due_at)),
        unwatched=f"not watched before {first} UTC" if start > created else "",
        is_deadline_beyond=ended is None and deadline is not None and deadline > axis.end,
        is_latest_beyond=forecast is not None and forecast.latest > axis.end,
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
    start: datetime,
    until: datetime,
    deadline: datetime | None,
    forecast: Forecast | None,
) -> datetime:
    end = until
    if forecast is not None:
        furthest = later(start, _FURTHEST_FINISH * (forecast.finish - start))
        end = max(until, forecast.finish, min(forecast.latest, furthest))
    if deadline is not None and deadline <= later(start, _FURTHEST * (end - start)):
        end = max(end, deadline)
    margin = _MARGIN if end > until else _MARGIN_FOR_NAME
    if end == deadline and end - until < _NEAR_DEADLINE * (end - start):
        margin = _MARGIN_FOR_DEADLINE
    return later(end, max(margin * (end - start), timedelta(seconds=1)))


def _cone(
    axis: Axis, last: tuple[datetime, float], forecast: Forecast
) -> Iterator[tuple[datetime, float]]:
    """Yield the corners of the room between earliest and latest, cut where the drawing ends."""
    yield last
    yield forecast.earliest, 1.0
    yield forecast.latest, 1.0
    (at, done), latest = last, forecast.latest
    if at < axis.end < latest:
        yield axis.end, done + (1 - done) * ((axis.end - at) / (latest - at))


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
