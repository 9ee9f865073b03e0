"""`watch`: the rules that need no listing; time alone makes them speak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.cohort import with_cohorts
from batchbell.core.deadline import announce_deadline
from batchbell.core.decision import Decision
from batchbell.core.diff import GRACE_PERIOD
from batchbell.core.provider import ANY_PROVIDER
from batchbell.core.stall import announce_stall, stall_is_due, waits_for_step

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.snapshot import JobRecord, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When to speak up about the jobs of one account."""

    #: How long before a deadline to warn, in any order.
    deadline_warnings: tuple[timedelta, ...] = (
        timedelta(hours=6),
        timedelta(hours=1),
        timedelta(minutes=15),
    )
    #: The name of the account's provider, for sentences.
    provider: str = ANY_PROVIDER.name
    #: Whether the provider says how much of a job is done.
    shows_progress: bool = True
    #: How long a job may be watched to stand still.
    stalled_after: timedelta = timedelta(hours=2)
    #: How long after a look at a job the next one counts as watching on.
    grace_period: timedelta = GRACE_PERIOD
    #: How long polls may fail before that is announced.
    unreachable_after: timedelta = timedelta(minutes=5)


def watch(
    snapshot: Snapshot,
    *,
    rules: Rules,
    outlook: Callable[[JobRecord], Forecast | NoForecast],
    now: datetime,
) -> Decision:
    """Apply the rules to the running jobs of a snapshot, whatever its age.

    `snapshot` needs to hold the unfinished jobs only; without an earlier good poll it is the
    baseline. `outlook` returns the forecast of a job. After an end no rule speaks.
    """
    events: list[Event] = []
    after: list[JobRecord] = []
    running = [record for record in snapshot.records.values() if record.running]
    for record in running:
        watched, told = _watched(snapshot, record, rules, outlook, now)
        after.append(watched)
        events.extend(told)
    # Of most nothing is due: they are the records they were.
    changed = (
        new for new, old in zip(after, running, strict=True) if new is not old and new != old
    )
    events.sort(key=lambda event: event.key)
    return Decision(
        records=tuple(changed), events=with_cohorts(events, after, provider=rules.provider)
    )


def _watched(
    snapshot: Snapshot,
    record: JobRecord,
    rules: Rules,
    outlook: Callable[[JobRecord], Forecast | NoForecast],
    now: datetime,
) -> tuple[JobRecord, list[Event]]:
    is_due = stall_is_due(
        record,
        stalled_after=rules.stalled_after,
        grace_period=rules.grace_period,
        shows_progress=rules.shows_progress,
        now=now,
    )
    record, of_deadline = announce_deadline(
        record,
        account=snapshot.account,
        steps=rules.deadline_warnings,
        outlook=outlook,
        now=now,
        baseline=snapshot.last_good_poll_at is None,
        stalls=is_due,
    )
    told = [] if of_deadline is None else [of_deadline]
    steps = rules.deadline_warnings
    is_held = not told and waits_for_step(
        record,
        steps,
        stalled_after=rules.stalled_after,
        grace_period=rules.grace_period,
        now=now,
    )
    if not is_due or is_held:
        return record, told
    record, stalled = announce_stall(record, account=snapshot.account, steps=steps, now=now)
    return record, [*told, stalled]
