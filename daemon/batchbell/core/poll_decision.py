"""One decision for each look at an account: what of it is remembered, and what is news."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.core.account_health import after_failed_poll, after_good_poll, while_failing
from batchbell.core.coverage import seen_late
from batchbell.core.diff import diff, diff_one
from batchbell.core.forecast.outlook import outlook_of
from batchbell.core.part_decision import PartDecision
from batchbell.core.progress_moves import extended, moved
from batchbell.core.rules import watch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.account_health import AccountState, Trouble
    from batchbell.core.decision import Decision
    from batchbell.core.event import Event
    from batchbell.core.forecast.curve import Sample
    from batchbell.core.gap import Gap
    from batchbell.core.job import BatchJob
    from batchbell.core.listing import Listing
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.rules import Rules
    from batchbell.core.snapshot import JobRecord, ProgressSample, RecordsAlike, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPoll:
    """What an API said or did instead of listing its jobs."""

    #: In words, without secrets.
    error: str
    trouble: Trouble
    #: What the place of the key is called, if that was refused; '' if it is not known.
    key_place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollDecision:
    """What one transaction has to write of an account."""

    #: How the account stands from now on.
    account: AccountState
    #: The jobs' records that changed, each once.
    records: tuple[JobRecord, ...] = ()
    #: The records of jobs that had ended when a baseline found them.
    alike: tuple[RecordsAlike, ...] = ()
    #: The progress that moved.
    samples: tuple[ProgressSample, ...] = ()
    events: tuple[Event, ...] = ()
    #: The gap in polling that ends with this poll.
    gap: Gap | None = None
    #: Whether the next listing has to be compared as a whole.
    left_alone: bool = False


def decide_poll(
    before: AccountState,
    snapshot: Snapshot,
    listing: Listing,
    gap: Gap | None,
    *,
    samples: Mapping[str, Sequence[Sample]],
    rules: Rules,
    now: datetime,
    earlier: PartDecision | None = None,
) -> PollDecision:
    """Decide on a good poll: by its listing or the last part of it, then by the rules.

    `snapshot` may leave out the records that a listing can't change: those of jobs that ended, are
    told, and are listed as they were or were noted to be listed no longer. `samples` has the
    progress over time of the jobs that `forecast_jobs` names. How far the wall clock is off is for
    the caller to note.
    """
    earlier = earlier or PartDecision()
    seen = diff(snapshot, listing, now, grace_period=rules.grace_period, earlier=earlier.baseline)
    new = tuple(moved(seen.records, snapshot.records))
    due = _by_rules(_after(snapshot, seen), extended(samples, new), rules, now)
    health, of_health = after_good_poll(
        before.health, now=now, last_good_poll_at=before.last_good_poll_at
    )
    return PollDecision(
        account=replace(
            before,
            health=health,
            baseline_at=before.baseline_at or now,
            last_poll_at=now,
            last_good_poll_at=now,
            blind_after=now + rules.grace_period,
            fraction_scale=listing.fraction_scale,
            skipped_rows=listing.skipped_rows,
            bad_fields=listing.bad_fields,
        ),
        records=_latest([*seen.records, *due.records]),
        alike=seen.alike,
        samples=new,
        events=(*seen_late([*_sorted(earlier, seen), *due.events], gap), *of_health),
        gap=gap,
        left_alone=earlier.left_alone or seen.left_alone,
    )


def _sorted(earlier: PartDecision, seen: Decision) -> list[Event]:
    return sorted([*earlier.events, *seen.events], key=lambda event: event.key)


def decide_failed_poll(
    before: AccountState,
    snapshot: Snapshot,
    failure: FailedPoll,
    *,
    samples: Mapping[str, Sequence[Sample]],
    rules: Rules,
    now: datetime,
) -> PollDecision:
    """Decide on a failed poll: the outage, and what time alone makes due; no job is another."""
    health, of_health = after_failed_poll(
        before.health,
        error=failure.error,
        trouble=failure.trouble,
        now=now,
        unreachable_after=rules.unreachable_after,
        snapshot=snapshot,
        key_place=failure.key_place,
    )
    due = _by_rules(snapshot, samples, rules, now)
    return PollDecision(
        account=replace(before, health=health, last_poll_at=now),
        records=due.records,
        events=(*of_health, *due.events),
    )


def decide_tick(
    before: AccountState,
    snapshot: Snapshot,
    *,
    samples: Mapping[str, Sequence[Sample]],
    rules: Rules,
    now: datetime,
) -> PollDecision:
    """Decide what is due between two polls; an outage too, as polls may be rare."""
    health, of_health = while_failing(
        before.health,
        now=now,
        unreachable_after=rules.unreachable_after,
        snapshot=snapshot,
    )
    due = _by_rules(snapshot, samples, rules, now)
    return PollDecision(
        account=replace(before, health=health),
        records=due.records,
        events=(*due.events, *of_health),
    )


def decide_answer(
    before: AccountState, snapshot: Snapshot, job: BatchJob, now: datetime
) -> PollDecision:
    """Decide on one row that the API answered (to a `cancel`), as a poll would.

    Its record's `last_seen_at` protects it from a listing requested earlier. An account without a
    good poll has no snapshot to compare with: nothing is decided.
    """
    seen = diff_one(snapshot, job, now)
    return PollDecision(
        account=before,
        records=seen.records,
        samples=tuple(moved(seen.records, snapshot.records)),
        events=seen.events,
    )


def _by_rules(
    snapshot: Snapshot, samples: Mapping[str, Sequence[Sample]], rules: Rules, now: datetime
) -> Decision:
    def outlook(record: JobRecord) -> Forecast | NoForecast:
        return outlook_of(record, samples.get(record.job.id, ()), now)

    return watch(snapshot, rules=rules, outlook=outlook, now=now)


def _after(snapshot: Snapshot, seen: Decision) -> Snapshot:
    """Return the snapshot as the rules find it: still that of a baseline, if it is one."""
    return replace(snapshot, records={**snapshot.records, **_by_id(seen.records)})


def _latest(records: Iterable[JobRecord]) -> tuple[JobRecord, ...]:
    return tuple(_by_id(records).values())


def _by_id(records: Iterable[JobRecord]) -> dict[str, JobRecord]:
    return {record.job.id: record for record in records}
