"""One decision for each look at an account: what of it is remembered, and what is news."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.core.account_health import after_failed_poll, after_good_poll, while_failing
from batchbell.core.coverage import seen_late
from batchbell.core.deadline import armed, due_step
from batchbell.core.diff import counted, diff, diff_one, diff_part
from batchbell.core.forecast.outlook import outlook_of
from batchbell.core.rules import watch
from batchbell.core.snapshot import ProgressSample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.account_health import AccountState, Trouble
    from batchbell.core.diff import Decision
    from batchbell.core.event import Event
    from batchbell.core.facts import BaselineFacts
    from batchbell.core.forecast.curve import Sample
    from batchbell.core.gap import Gap
    from batchbell.core.job import BatchJob
    from batchbell.core.listing import Listing
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.rules import Rules
    from batchbell.core.snapshot import JobRecord, RecordsAlike, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPoll:
    """What an API said or did instead of listing its jobs."""

    #: In words, without secrets.
    error: str
    trouble: Trouble


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDecision:
    """What was decided of the parts of a listing so far."""

    #: Of the last part.
    records: tuple[JobRecord, ...] = ()
    alike: tuple[RecordsAlike, ...] = ()
    samples: tuple[ProgressSample, ...] = ()
    #: Of all parts.
    events: tuple[Event, ...] = ()
    baseline: BaselineFacts | None = None
    left_alone: bool = False


def decide_part(
    snapshot: Snapshot,
    listing: Listing,
    earlier: PartDecision,
    *,
    rules: Rules,
    now: datetime,
) -> PartDecision:
    """Decide on a part of a long listing that is not the last one.

    `snapshot` has the records of the jobs in this part, and of jobs that the whole listing does not
    have. In which parts a listing is decided makes no difference.
    """
    seen = diff_part(snapshot, listing, now, grace_period=rules.grace_period)
    is_first = snapshot.last_good_poll_at is None
    return PartDecision(
        records=seen.records,
        alike=seen.alike,
        samples=tuple(_moved(seen.records, snapshot.records)),
        events=(*earlier.events, *seen.events),
        baseline=counted(seen, now, earlier.baseline) if is_first else None,
        left_alone=earlier.left_alone or seen.left_alone,
    )


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
    moved = tuple(_moved(seen.records, snapshot.records))
    due = _by_rules(_after(snapshot, seen), _extended(samples, moved), rules, now)
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
        samples=moved,
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
        before.health, now=now, unreachable_after=rules.unreachable_after
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
        samples=tuple(_moved(seen.records, snapshot.records)),
        events=seen.events,
    )


def forecast_jobs(
    snapshot: Snapshot, *, rules: Rules, now: datetime, listed: bool = False
) -> list[str]:
    """Return the ids of the jobs whose samples a decision may need.

    After a listing that is every job that may run; without one those with a step that is due.
    """
    return [
        job_id
        for job_id, record in snapshot.records.items()
        if (listed and not record.ended_as) or (record.running and _is_step_due(record, rules, now))
    ]


def worth_naming(snapshot: Snapshot, decision: PollDecision) -> list[BatchJob]:
    """Return the jobs whose input files' names are of use: of those that run, and of the news.

    `snapshot` is the one that was decided on.
    """
    records = {**snapshot.records, **_by_id(decision.records)}
    running = [record.job for record in records.values() if not record.job.finished]
    news = (event.job for event in decision.events if event.silent_because is None)
    return [*running, *(job for job in news if job is not None)]


def _is_step_due(record: JobRecord, rules: Rules, now: datetime) -> bool:
    standing = armed(record)
    return standing is not None and due_step(standing, rules.deadline_warnings, now) is not None


def _by_rules(
    snapshot: Snapshot, samples: Mapping[str, Sequence[Sample]], rules: Rules, now: datetime
) -> Decision:
    def outlook(record: JobRecord) -> Forecast | NoForecast:
        return outlook_of(record, samples.get(record.job.id, ()), now)

    return watch(snapshot, rules=rules, outlook=outlook, now=now)


def _after(snapshot: Snapshot, seen: Decision) -> Snapshot:
    """Return the snapshot as the rules find it: still that of a baseline, if it is one."""
    return replace(snapshot, records={**snapshot.records, **_by_id(seen.records)})


def _moved(
    records: Iterable[JobRecord], known: Mapping[str, JobRecord]
) -> Iterator[ProgressSample]:
    """Yield the progress worth a sample; a job first seen finished has no course to forecast."""
    for record in records:
        old = known.get(record.job.id)
        is_new = old is None and not record.job.finished
        is_other = old is not None and old.job.progress != record.job.progress
        if record.job.progress is not None and (is_new or is_other):
            yield ProgressSample(
                job_id=record.job.id, at=record.progress_since, progress=record.job.progress
            )


def _extended(
    samples: Mapping[str, Sequence[Sample]], moved: Iterable[ProgressSample]
) -> Mapping[str, Sequence[Sample]]:
    """Return the samples with those of this poll; of two at one time the first stays, as stored."""
    extended = dict(samples)
    for each in moved:
        known = extended.get(each.job_id, ())
        if each.at not in {at for at, _ in known}:
            extended[each.job_id] = (*known, (each.at, each.progress))
    return extended


def _latest(records: Iterable[JobRecord]) -> tuple[JobRecord, ...]:
    return tuple(_by_id(records).values())


def _by_id(records: Iterable[JobRecord]) -> dict[str, JobRecord]:
    return {record.job.id: record for record in records}
