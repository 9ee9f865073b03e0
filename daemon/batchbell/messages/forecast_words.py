"""Forecasts in words, by anybody's clock; and why there is none."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from batchbell.core.forecast.finish import is_beyond
from batchbell.core.forecast.prospect import prospect_of
from batchbell.core.outlook import HORIZON, Forecast, NoForecast, Obstacle
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import PRESSING
from batchbell.messages.deadline_words import STILL, spare_words, still_words
from batchbell.messages.named_days import times_by_day
from batchbell.messages.paces import NO_BREAK, Need, need_of, pace_words
from batchbell.messages.plain_text import (
    duration,
    local_times_near,
    short_local_times,
)

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from batchbell.core.job import BatchJob
    from batchbell.core.snapshot import JobRecord

#: What programs and the log get is fixed ...
_CANT_TELL = "can't tell yet: "
#: ... readers get other words.
_CANT_SAY_IN_SHORT = "can't say yet when it will be done"
_CANT_SAY = f"{_CANT_SAY_IN_SHORT}: "
_PLAINLY = {"too few samples": "too little of its progress was seen"}
_OBSTACLES = {
    Obstacle.NOT_IN_PROGRESS: "it is not in progress",
    Obstacle.NO_PROGRESS_YET: "no progress yet",
    Obstacle.TOO_FEW_SAMPLES: "too few samples",
    Obstacle.ALL_DONE: "all is done but its end",
    Obstacle.STANDS_STILL: "no progress",
    Obstacle.NOT_LOOKED_AT: "not looked at",
}
#: The end of a range that is longer says nothing.
_LONGEST_RANGE = timedelta(days=1)


def describe(
    outlook: Forecast | NoForecast,
    now: datetime,
    job: BatchJob | None = None,
    still_for: timedelta | None = None,
    zone: tzinfo = UTC,
) -> str:
    """Return "about 14:05 UTC (13:40-15:10), 12 %/h", or why nothing can be said.

    That is for programs and the log. With `job` it is told by its deadline, in a reader's words:
    "done about 14:05 UTC, 2h 10m to spare (13:40-15:10)", or "needs 284 %/h, no progress for 38m".
    `still_for` is how long it has stood still, None if not for long.
    """
    if isinstance(outlook, NoForecast):
        reason = why_not(outlook)
        return f"{_CANT_TELL}{reason}" if job is None else needs_words(reason, job, now, still_for)
    pace = pace_words(outlook.rate)
    if job is None:
        pace = pace.replace(NO_BREAK, " ")
    if is_beyond(outlook, now):
        return f"not within {HORIZON.days} days at {pace}"
    deadline = None if job is None else job.job_deadline
    return outlook_words(
        outlook.finish,
        outlook.earliest,
        outlook.latest,
        now=now,
        pace=pace,
        zone=zone,
        deadline=deadline,
    )


def describe_job(
    record: JobRecord, outlook: Forecast | NoForecast, now: datetime, zone: tzinfo = UTC
) -> str:
    """Return the same of a job of the snapshot, by its deadline.

    '' of one that is not in progress while nothing presses: nobody has to know.
    """
    waits = isinstance(outlook, NoForecast) and outlook.obstacle is Obstacle.NOT_IN_PROGRESS
    if waits and not job_standing(record, now).has(*PRESSING):
        return ""
    still_for = prospect_of(record, outlook, now).still_for
    return describe(outlook, now, record.job, still_for, zone)


def needs_in_short(
    record: JobRecord, outlook: NoForecast, deadline: datetime, now: datetime, zone: tzinfo
) -> str:
    """Return "needs 285 %/h for its 02:26 UTC deadline; no progress for 38m"."""
    still_for, needed = prospect_of(record, outlook, now).still_for, _need(record.job, now)
    reason = why_not(outlook) if still_for is None else still_words(still_for)
    why = reason if reason.startswith(STILL) else _CANT_SAY_IN_SHORT
    (at,) = short_local_times(deadline, zone=zone)
    if needed is None:
        return why
    by_then = f" for its {at} deadline" if needed.is_pace else f", due {at}"
    return f"{needed.text}{by_then}; {why}"


def needs_words(
    reason: str, job: BatchJob | None, now: datetime, still_for: timedelta | None = None
) -> str:
    """Return "needs 284 %/h, no progress for 38m": what the deadline asks for, and what is amiss.

    For any other reason it is "can't say yet when it will be done: ...; it needs 13 %/h to make
    it", and without a deadline ahead no more than the first half of that.
    """
    needed = None if job is None else _need(job, now)
    why = _PLAINLY.get(reason, reason) if still_for is None else still_words(still_for)
    if needed is None:
        return f"{_CANT_SAY}{why}"
    if why.startswith(STILL):
        return f"{needed.text}, {why}"
    return f"{_CANT_SAY}{why}; {needed.as_clause}" + (" to make it" if needed.is_pace else "")


def no_forecast_words(job: BatchJob, now: datetime) -> str:
    """Return "none while it stands still; it needs 13 %/h to make its deadline"."""
    needed = _need(job, now)
    told = "none while it stands still"
    if needed is None:
        return told
    return f"{told}; {needed.as_clause}" + (" to make its deadline" if needed.is_pace else "")


def reason_in(words: str) -> str:
    """Return the reason of a forecast that could not be made, as it was stored; '' if it was."""
    return words.removeprefix(_CANT_TELL) if words.startswith(_CANT_TELL) else ""


def why_not(outlook: NoForecast) -> str:
    """Return what stands against a forecast: "too few samples", "no progress for 2h 10m"."""
    words = _OBSTACLES[outlook.obstacle]
    return words if outlook.lasting is None else f"{words} for {duration(outlook.lasting)}"


def outlook_words(
    finish: datetime,
    earliest: datetime,
    latest: datetime,
    *,
    now: datetime,
    pace: str,
    zone: tzinfo,
    deadline: datetime | None = None,
    told_at: datetime | None = None,
) -> str:
    """Return `about 14:05 UTC (13:40-15:10), 12 %/h`; with days if one is more than a day off.

    With a deadline `done about 14:05 UTC, 2h 10m to spare (13:40-15:10), 12 %/h`. Of a range of
    days only the beginning is told: `about 2026-11-30 14:05 UTC (not before 13:40), 12 %/h`. In a
    message, `told_at`, days have words: `about Tue 14:05 UTC (likely 13:40-15:10), 12 %/h`.
    """
    end = latest if has_end(earliest, latest) else earliest
    if told_at is None:
        first, last, at = local_times_near(now, earliest, end, finish, zone=zone)
    else:
        # Alone, "not before 02:07" would be read as tonight.
        is_range, moments = end == latest, (earliest, end, finish)
        first, last, at = times_by_day(told_at, *moments, zone=zone, shares_day=is_range)
    dash = "-" if len(last) == len("00:00") else " to "
    likely = "" if told_at is None else "likely "
    between = f"{likely}{first}{dash}{last}" if end == latest else f"not before {first}"
    done = (
        f"about {at}" if deadline is None else f"done about {at}, {spare_words(finish, deadline)}"
    )
    about = f"{done} ({between})"
    return f"{about}, {pace}" if pace else about


def has_end(earliest: datetime, latest: datetime) -> bool:
    """Whether the end of a range says something: one of days has only a beginning."""
    return latest - earliest <= _LONGEST_RANGE


def _need(job: BatchJob, now: datetime) -> Need | None:
    left = None if job.job_deadline is None else job.job_deadline - now
    return need_of(job.progress, left)
