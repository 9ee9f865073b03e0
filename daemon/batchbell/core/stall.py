"""Stalls: a job that should move and was watched to stand still for too long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.deadline import may_tell_risk, with_risk_told
from batchbell.core.event import Event, EventKind
from batchbell.core.facts import DeadlineFacts, Facts, OutlookFacts, StallFacts
from batchbell.core.forecast.beginning import standstill
from batchbell.core.forecast.outlook import pace_so_far
from batchbell.core.forecast.patience import is_given_up, patience_ends
from batchbell.core.forecast.prospect import waits_as_told
from batchbell.core.provider import JobState
from batchbell.core.ring import next_ring
from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.snapshot import JobRecord

#: A stall waits for a step of the deadline for such a part of the time after which it is due: a
#: quarter of an hour of two hours, ...
_HELD_FOR = 1 / 8
#: ... and never for longer.
_LONGEST_HOLD = timedelta(minutes=15)
#: The states in which a job should move; of one we don't know we can't say.
_MOVING = frozenset({JobState.VALIDATING, JobState.IN_PROGRESS, JobState.CANCELING})


def flat_for(
    record: JobRecord, job: BatchJob, *, now: datetime, grace_period: timedelta
) -> timedelta:
    """Return how long a job was watched to stand still, given how it is found now.

    A sum of looks, not a difference of times: blind time beyond `grace_period` never counts, and a
    clock that was set adds or takes nothing. A finished job's stays, as nobody asks for it.
    """
    if moved(job, record.job):
        return timedelta()
    if job.finished:
        return record.flat_for
    return record.flat_for + _watched(record, now, grace_period)


def moved(job: BatchJob, previous: BatchJob) -> bool:
    """Whether its status or progress is another one, in whatever direction."""
    return (job.status, job.progress) != (previous.status, previous.progress)


def stall_is_due(
    record: JobRecord,
    *,
    stalled_after: timedelta,
    grace_period: timedelta,
    shows_progress: bool = True,
    now: datetime,
) -> bool:
    """Whether a job's stall is to be announced.

    Needs no listing: without one, the last look counts for `grace_period` more. Of a provider that
    does not show progress, jobs may stand still in progress for ever.
    """
    state = record.job.state
    if record.stalled_since is not None or state not in _MOVING:
        return False
    if state is JobState.IN_PROGRESS and not shows_progress:
        return False
    return record.flat_for + _watched(record, now, grace_period) >= stalled_after


def waits_for_step(
    record: JobRecord,
    steps: Sequence[timedelta],
    *,
    stalled_after: timedelta,
    grace_period: timedelta,
    now: datetime,
) -> bool:
    """Whether a stall that is due is announced with the next step of the deadline, not twice.

    That it is due stays so unless the job moves. With the deadline itself it is too late, and for
    a step that a deadline takes along with it nothing waits for long.
    """
    step = next_ring(record.job, steps, now)
    if step is None or step == record.job.job_deadline:
        return False
    hold = min(stalled_after * _HELD_FOR, _LONGEST_HOLD)
    waited = record.flat_for + _watched(record, now, grace_period) - stalled_after
    return step - now <= hold and waited < hold


def announce_stall(
    record: JobRecord, *, account: str, steps: Sequence[timedelta], now: datetime
) -> tuple[JobRecord, Event]:
    """Return the record with its stall, which is due, marked as announced, and its event.

    `steps` are those of its deadline: nothing else rings while it stands on, but that it was waited
    for long enough, which is a risk. Where it was by then, this event says that, too.
    """
    since = record.still_since
    stalled = replace(record, stalled_since=since)
    if is_given_up(record.job, standstill(stalled), record.waited_until, now):
        stalled = with_risk_told(stalled, now)
    facts = _facts(stalled, steps, now, at_risk=record.at_risk)
    return replace(stalled, waited_until=facts.stall.waits_until), Event(
        kind=EventKind.STALLED,
        account=account,
        job_id=record.job.id,
        qualifier=rfc3339(since),
        happened_at=now,
        seen_at=now,
        job=record.job,
        facts=facts,
    )


def _facts(record: JobRecord, steps: Sequence[timedelta], now: datetime, *, at_risk: bool) -> Facts:
    rings, pace = _next_ring(record, steps, now), OutlookFacts(rate=pace_so_far(record, now))
    waits_until = waits_as_told(record, pace, rings, now)
    return Facts(
        deadline=DeadlineFacts(next_ring=rings, at_risk=at_risk),
        outlook=pace,
        stall=StallFacts(since=standstill(record), waits_until=waits_until),
    )


def _next_ring(record: JobRecord, steps: Sequence[timedelta], now: datetime) -> datetime | None:
    """Return when the bell rings next if the job stands on: at a step, or as it is given up."""
    step, since = next_ring(record.job, steps, now), standstill(record)
    if step is None or since is None or record.job.state is JobState.CANCELING:
        return step
    given_up = patience_ends(record.job, since)
    return given_up if now < given_up < step and may_tell_risk(record) else step


def announce_resumed(
    record: JobRecord, *, account: str, previous: BatchJob, now: datetime
) -> tuple[JobRecord, Event | None]:
    """Return the record without the stall that a move has ended, and the event about it.

    An end is announced as an end alone.
    """
    since = record.stalled_since
    if since is None or not moved(record.job, previous):
        return record, None
    resumed = replace(record, stalled_since=None)
    if not record.running:
        return resumed, None
    return resumed, Event(
        kind=EventKind.RESUMED,
        account=account,
        job_id=record.job.id,
        qualifier=rfc3339(since),
        happened_at=now,
        seen_at=now,
        job=record.job,
        facts=Facts(stall=StallFacts(since=since, lasted=max(now - since, timedelta()))),
    )


def _watched(record: JobRecord, now: datetime, grace_period: timedelta) -> timedelta:
    """Return how much of the time since the last look counts as watched."""
    return min(max(now - record.last_seen_at, timedelta()), grace_period)
