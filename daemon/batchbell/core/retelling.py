"""What is told late of a running job: how it does by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import ABOUT_PROSPECTS, Event, EventKind
from batchbell.core.facts import StallFacts
from batchbell.core.forecast.beginning import standstill
from batchbell.core.forecast.outlook import known_outlook
from batchbell.core.forecast.patience import patience_ends

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.snapshot import JobRecord

#: The kinds that say how far a running job has come, besides those about its prospects.
_STEPS = frozenset({EventKind.IN_PROGRESS, EventKind.PROGRESS, EventKind.RESUMED})
#: What was seen not longer ago is told as it was.
FRESH_FOR = timedelta(minutes=5)


def told_late(events: Iterable[Event], now: datetime) -> list[Event]:
    """Return what a message tells of running jobs if its figures are old, or of several moments."""
    told = [
        event
        for event in events
        if event.kind in ABOUT_PROSPECTS | _STEPS and event.job is not None
    ]
    moments = {event.seen_at for event in told}
    is_late = len(moments) > 1 or any(now - moment > FRESH_FOR for moment in moments)
    return told if is_late else []


def as_seen_again(
    event: Event, record: JobRecord, outlook: Forecast | NoForecast, seen_at: datetime
) -> Event | None:
    """Return what was told with what is known of its job since; None if it does not hold as it was.

    `outlook` is the job's forecast, `seen_at` when the account was last polled well.
    """
    since = standstill(record)
    if seen_at <= event.seen_at or not _holds(event, record, since, seen_at):
        return None
    again = replace(event, seen_at=seen_at, job=record.job)
    if event.kind in _STEPS:
        return again
    facts, deadline = event.facts, record.job.job_deadline
    # A standstill is judged without a forecast, as it was: that goes by how the job moved before.
    is_still = event.kind is EventKind.STALLED
    left = None if deadline is None or deadline <= seen_at else deadline - seen_at
    return replace(
        again,
        facts=replace(
            facts,
            deadline=replace(
                facts.deadline,
                time_left=left,
                poll_age=None,
                next_ring=_next_ring(event, record, since),
                at_risk=record.at_risk and event.kind is not EventKind.AT_RISK,
            ),
            outlook=facts.outlook if is_still else known_outlook(record, outlook, seen_at),
            stall=StallFacts(since=since, waits_until=record.waited_until),
        ),
    )


def _next_ring(event: Event, record: JobRecord, since: datetime | None) -> datetime | None:
    """Return when the bell rings next: as was said last, which was when waiting ends, or before."""
    until = record.waited_until
    is_ring = until is not None and since is not None and until != patience_ends(record.job, since)
    return until if is_ring else event.facts.deadline.next_ring


def _holds(event: Event, record: JobRecord, since: datetime | None, now: datetime) -> bool:
    """Whether what it warns of is still so: of a job that ended, moved or is safe others tell."""
    job, before = record.job, event.job
    if job.finished or before is None or job.job_deadline != before.job_deadline:
        return False
    if event.kind in _STEPS:
        return job.status == before.status and (job.progress or 0) >= (before.progress or 0)
    is_past = job.job_deadline is not None and job.job_deadline <= now
    match event.kind:
        case EventKind.STALLED:
            return since is not None and since == event.facts.stall.since
        case EventKind.AT_RISK:
            return record.at_risk and not is_past
        case EventKind.DEADLINE_APPROACHING:
            return not is_past
        case _:
            return is_past
