"""Deadlines: the tightest step that is past is announced, and before all steps the risk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import DeadlineFacts, Facts, StallFacts
from batchbell.core.forecast.beginning import standstill
from batchbell.core.forecast.outlook import known_outlook
from batchbell.core.forecast.patience import is_given_up
from batchbell.core.forecast.prospect import waits_as_told
from batchbell.core.forecast.risk import risk
from batchbell.core.ring import MISSED, next_ring
from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.snapshot import JobRecord

#: A deadline that differs by more than this is another one, and arms the steps again.
SAME_DEADLINE = timedelta(seconds=60)
#: Why the first poll announces no missed deadline.
MISSED_BEFORE = "first poll: missed before batchbell watched"


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed:
    """A job's deadline, and what was announced of it."""

    deadline: datetime
    #: As it was when first spoken of: some seconds' difference must not change unique keys.
    first_told: datetime
    #: The tightest step announced, `MISSED` included; None if none was.
    told_step: timedelta | None
    told_risk: bool

    @property
    def key(self) -> str:
        """The deadline in unique keys."""
        return rfc3339(self.first_told)


def armed(record: JobRecord) -> Armed | None:
    """Return a job's deadline; None for a job without one."""
    deadline, told = record.job.job_deadline, record.told_deadline
    if deadline is None:
        return None
    if told is None or not is_same_deadline(deadline, told):
        return Armed(deadline=deadline, first_told=deadline, told_step=None, told_risk=False)
    return Armed(
        deadline=deadline,
        first_told=told,
        told_step=record.told_step,
        told_risk=record.told_risk,
    )


def is_same_deadline(one: datetime | None, other: datetime | None) -> bool:
    """Whether two looks at a deadline, or at none, saw the same."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= SAME_DEADLINE


def due_step(standing: Armed, steps: Sequence[timedelta], now: datetime) -> timedelta | None:
    """Return the tightest step that is past, `MISSED` at last; None if it or a later was sent."""
    left = standing.deadline - now
    tightest = min((step for step in (*steps, MISSED) if left <= step), default=None)
    if tightest is None or standing.told_step is None or tightest < standing.told_step:
        return tightest
    return None


def announce_deadline(
    record: JobRecord,
    *,
    account: str,
    steps: Sequence[timedelta],
    outlook: Callable[[JobRecord], Forecast | NoForecast],
    now: datetime,
    baseline: bool,
    stalls: bool = False,
) -> tuple[JobRecord, Event | None]:
    """Return the record with what is due of its deadline marked as announced, and the event.

    `outlook` is asked only when it matters. On the baseline a missed deadline is recorded and
    nobody announced. The risk is judged whenever the job was just looked at: in between nothing is
    learnt, but that a job that stands still was waited for long enough. It is announced unless it
    or any step was. If a job `stalls` by this decision, a step says so too.
    """
    standing = armed(record)
    if standing is None:
        return record, None
    step = due_step(standing, steps, now)
    if step is not None:
        record = replace(record, stalled_since=record.still_since) if stalls else record
        facts = _facts(record, standing, outlook(record), steps, now, step=step)
        return _announce_step(record, standing, step, account, facts, now=now, baseline=baseline)
    is_lost = _is_lost(record, now)
    is_news = record.last_seen_at == now or (is_lost and not record.at_risk)
    if not is_news or standing.deadline <= now:
        return record, None
    seen = outlook(record)
    at_risk = is_lost or risk(seen, standing.deadline, was_at_risk=record.at_risk)
    if at_risk != record.at_risk:
        record = replace(record, at_risk=at_risk)
    if not at_risk or standing.told_risk or standing.told_step is not None:
        return record, None
    facts = _facts(record, standing, seen, steps, now)
    return _announce_risk(record, standing, account, facts, now=now)


def _is_lost(record: JobRecord, now: datetime) -> bool:
    """Whether a job that was told to stand still is not waited for any longer."""
    if record.stalled_since is None:
        return False
    return is_given_up(record.job, standstill(record), record.waited_until, now)


def _announce_step(
    record: JobRecord,
    standing: Armed,
    step: timedelta,
    account: str,
    facts: Facts,
    *,
    now: datetime,
    baseline: bool,
) -> tuple[JobRecord, Event]:
    event = Event(
        kind=EventKind.DEADLINE_APPROACHING,
        account=account,
        job_id=record.job.id,
        qualifier=f"{standing.key} {step.total_seconds():.0f}s",
        happened_at=now,
        seen_at=now,
        job=record.job,
        facts=facts,
    )
    if step == MISSED:
        event = replace(
            event,
            kind=EventKind.DEADLINE_MISSED,
            qualifier=standing.key,
            happened_at=standing.deadline,
            silent_because=MISSED_BEFORE if baseline else None,
        )
    told = replace(_spoken_of(record, standing), told_step=step)
    return replace(told, waited_until=facts.stall.waits_until), event


def _announce_risk(
    record: JobRecord, standing: Armed, account: str, facts: Facts, *, now: datetime
) -> tuple[JobRecord, Event]:
    event = Event(
        kind=EventKind.AT_RISK,
        account=account,
        job_id=record.job.id,
        qualifier=standing.key,
        happened_at=now,
        seen_at=now,
        job=record.job,
        facts=facts,
    )
    return replace(_spoken_of(record, standing), told_risk=True), event


def with_risk_told(record: JobRecord, now: datetime) -> JobRecord:
    """Return the record of a job of which something else said that it misses its deadline."""
    standing = armed(record)
    if standing is None or standing.deadline <= now:
        return record
    return replace(_spoken_of(record, standing), told_risk=True, at_risk=True)


def may_tell_risk(record: JobRecord) -> bool:
    """Whether the risk to miss its deadline is still to be announced."""
    standing = armed(record)
    return standing is not None and not standing.told_risk and standing.told_step is None


def _spoken_of(record: JobRecord, standing: Armed) -> JobRecord:
    """Return the record that remembers this deadline and what was announced of it so far."""
    return replace(
        record,
        told_deadline=standing.first_told,
        told_step=standing.told_step,
        told_risk=standing.told_risk,
    )


def _facts(
    record: JobRecord,
    standing: Armed,
    outlook: Forecast | NoForecast,
    steps: Sequence[timedelta],
    now: datetime,
    *,
    step: timedelta | None = None,
) -> Facts:
    left, rings = standing.deadline - now, next_ring(record.job, steps, now)
    known = known_outlook(record, outlook, now)
    waits_until = waits_as_told(record, known, rings, now)
    return Facts(
        deadline=DeadlineFacts(
            # That it is missed says the event's kind.
            step=step or None,
            next_ring=rings,
            time_left=left if left > timedelta() else None,
            poll_age=max(now - record.last_seen_at, timedelta()),
            # Of a risk its event's kind says that.
            at_risk=record.at_risk and step is not None,
        ),
        outlook=known,
        stall=StallFacts(since=standstill(record), waits_until=waits_until),
    )
