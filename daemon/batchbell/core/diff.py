"""`diff`: what a good listing changes in the snapshot, and what of it is worth a message."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.ended import ended_at, may_have_ended_after
from batchbell.core.event import Event, EventKind
from batchbell.core.facts import BaselineFacts, Facts
from batchbell.core.job_columns import JobColumns
from batchbell.core.snapshot import VANISHED_MARK, JobRecord, RecordsAlike
from batchbell.core.stall import announce_resumed, flat_for, moved
from batchbell.core.transition import announce_progress, announce_status, mark_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.listing import Listing
    from batchbell.core.provider import JobState
    from batchbell.core.snapshot import Snapshot

#: A finished job first seen this long after its creation (before the last good poll) is old news.
OLD_NEWS_AFTER = timedelta(days=7)
#: A job has vanished when this many good polls in a row did not list it ...
VANISHED_AFTER_POLLS = 3
#: ... and the first of them was this long ago.
VANISHED_AFTER = timedelta(minutes=10)
#: How often an unchanged, finished row's `last_seen_at` is written.
SEEN_REFRESH = timedelta(hours=1)
#: The baseline says how many jobs ended untold within this time.
RECENT = timedelta(hours=24)
#: How long after a look at a job the next one counts as watching on: three polls of the default
#: rhythm and a timeout.
GRACE_PERIOD = timedelta(seconds=210)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one transaction has to write: changed records and the events they cause."""

    records: tuple[JobRecord, ...] = ()
    #: Those of jobs that had ended when a baseline found them.
    alike: tuple[RecordsAlike, ...] = ()
    events: tuple[Event, ...] = ()
    #: Whether a listed job was left alone, as its record is younger than the listing: the next one
    #: has to be compared with it again, whether its row changes or not.
    left_alone: bool = False


def diff(
    snapshot: Snapshot,
    listing: Listing,
    now: datetime,
    *,
    grace_period: timedelta = GRACE_PERIOD,
    earlier: BaselineFacts | None = None,
) -> Decision:
    """Compare a good listing, or the last part of one, with the snapshot.

    Without an earlier good poll everything is recorded and only `account.watching` announced,
    which counts `earlier` parts too. Otherwise each listed job is compared with its record, and
    each record that is not listed counts a missed poll. Records that changed after the listing was
    requested are left alone. Of the time since the last look at a job at most `grace_period` counts
    as watched.
    """
    decision = diff_part(snapshot, listing, now, grace_period=grace_period)
    if snapshot.last_good_poll_at is not None:
        return decision
    watching = Event(
        kind=EventKind.ACCOUNT_WATCHING,
        account=snapshot.account,
        happened_at=now,
        seen_at=now,
        facts=Facts(baseline=counted(decision, now, earlier)),
    )
    return replace(decision, events=(watching,))


def diff_part(
    snapshot: Snapshot, listing: Listing, now: datetime, *, grace_period: timedelta = GRACE_PERIOD
) -> Decision:
    """Compare a part of a listing, as `diff` does; `snapshot` has the records of that part."""
    if snapshot.last_good_poll_at is None:
        return _baseline(listing.jobs, now)
    records: list[JobRecord] = []
    events: list[Event] = []
    left_alone = False
    for record, told in _compared(snapshot, listing, now, grace_period):
        if record is None:
            left_alone = True
            continue
        events.extend(told)
        if _worth_writing(record, snapshot.records, now):
            records.append(record)
    return Decision(
        records=tuple(records),
        events=tuple(sorted(events, key=lambda event: event.key)),
        left_alone=left_alone,
    )


def counted(
    decision: Decision, now: datetime, earlier: BaselineFacts | None = None
) -> BaselineFacts:
    """Count the jobs of a baseline, those of earlier parts included."""
    before = earlier or BaselineFacts(jobs=0, running=0, ended_untold=0)
    ended, recent = sum(len(alike.jobs) for alike in decision.alike), now - RECENT
    ends = (
        ended_at(alike.record, job)
        for alike in decision.alike
        for job in may_have_ended_after(recent, alike.jobs)
    )
    return BaselineFacts(
        jobs=before.jobs + ended + len(decision.records),
        running=before.running + len(decision.records),
        ended_untold=before.ended_untold + sum(at is not None and at > recent for at in ends),
    )


def diff_one(snapshot: Snapshot, job: BatchJob, now: datetime) -> Decision:
    """Compare one answered row (of a `cancel`, of a `get`) with its record, as a poll would."""
    if snapshot.last_good_poll_at is None:
        return Decision()
    record, events = _listed(snapshot, job, now, GRACE_PERIOD)
    return Decision(records=(record,), events=tuple(events))


def _baseline(jobs: Sequence[BatchJob], now: datetime) -> Decision:
    """Record what is listed; nobody is notified of it."""
    running: list[JobRecord] = []
    alike: list[RecordsAlike] = []
    for same in _by_state(jobs):
        first = _silent_record(same[0], now)
        if first.job.finished:
            alike.append(RecordsAlike(record=first, jobs=same))
        else:
            running.extend(_silent_record(job, now) for job in same)
    return Decision(records=tuple(running), alike=tuple(alike))


def _by_state(jobs: Sequence[BatchJob]) -> Iterable[Sequence[BatchJob]]:
    if isinstance(jobs, JobColumns):
        return jobs.by_state()
    by_state: dict[tuple[str | None, JobState | None], list[BatchJob]] = defaultdict(list)
    for job in jobs:
        by_state[job.status, job.meaning].append(job)
    return by_state.values()


def _compared(
    snapshot: Snapshot, listing: Listing, now: datetime, grace_period: timedelta
) -> Iterator[tuple[JobRecord | None, list[Event]]]:
    """Yield each compared record with its news; None for one that is left alone."""
    for job in listing.jobs:
        record = snapshot.records.get(job.id)
        if _is_settled(record, job, now):
            continue
        if _newer_than(listing, record, now):
            yield None, []
        else:
            yield _listed(snapshot, job, now, grace_period)
    for job_id, record in snapshot.records.items():
        if job_id not in listing.ids and not _newer_than(listing, record, now):
            yield _unlisted(snapshot.account, record, now)


def _is_settled(record: JobRecord | None, job: BatchJob, now: datetime) -> bool:
    """Whether a finished job is found as it was, with everything announced: most of them are.

    A short cut: comparing it in full says the same, more slowly.
    """
    return (
        record is not None
        and job.finished
        and not record.missed_polls
        and timedelta() <= now - record.last_seen_at < SEEN_REFRESH
        and mark_of(job) in record.announced
        and job == record.job
    )


def _newer_than(listing: Listing, record: JobRecord | None, now: datetime) -> bool:
    """Whether the record holds something younger than the listing (a cancel's answer, say).

    A `last_seen_at` in the future proves nothing but a stepped clock, and protects nothing.
    """
    if record is None or listing.requested_at is None:
        return False
    return listing.requested_at < record.last_seen_at <= now


def _listed(
    snapshot: Snapshot, job: BatchJob, now: datetime, grace_period: timedelta
) -> tuple[JobRecord, list[Event]]:
    record = snapshot.records.get(job.id)
    if record is None:
        return _first_seen(snapshot, job, now)
    return _seen_again(snapshot.account, record, job, now, grace_period)


def _first_seen(snapshot: Snapshot, job: BatchJob, now: datetime) -> tuple[JobRecord, list[Event]]:
    if _is_old_news(snapshot, job, now):
        return _silent_record(job, now), []
    record = _new_record(job, now)
    created = Event(
        kind=EventKind.CREATED,
        account=snapshot.account,
        job_id=job.id,
        happened_at=min(job.created_at or now, now),
        seen_at=now,
        job=job,
    )
    record, event = announce_status(record, account=snapshot.account, previous=None, now=now)
    return record, [created] if event is None else [created, event]


def _seen_again(
    account: str, record: JobRecord, job: BatchJob, now: datetime, grace_period: timedelta
) -> tuple[JobRecord, list[Event]]:
    previous = record.job
    current = _looked_at(record, job.filled_from(previous), now, grace_period)
    job = current.job
    current, event = announce_status(current, account=account, previous=previous, now=now)
    current, resumed = announce_resumed(current, account=account, previous=previous, now=now)
    progress = None
    if not record.ended_as:
        progress = announce_progress(job, account=account, previous=previous, now=now)
    return current, [told for told in (event, resumed, progress) if told is not None]


def _looked_at(
    record: JobRecord, job: BatchJob, now: datetime, grace_period: timedelta
) -> JobRecord:
    """Return the record after another look at the job."""
    previous = record.job
    status_since, progress_since = record.status_since, record.progress_since
    if moved(job, previous):
        # A clock set back must not leave an earlier move younger than this one.
        status_since = min(status_since, now) if job.status == previous.status else now
        progress_since = min(progress_since, now) if job.progress == previous.progress else now
    return replace(
        record,
        job=job,
        last_seen_at=now,
        status_since=status_since,
        progress_since=progress_since,
        flat_for=flat_for(record, job, now=now, grace_period=grace_period),
        at_risk=record.at_risk and not job.finished,
        missed_polls=0,
        missing_since=None,
    )


def _unlisted(account: str, record: JobRecord, now: datetime) -> tuple[JobRecord, list[Event]]:
    """Count a missed poll; announce the vanishing, or an end that awaited a second listing."""
    record, held = announce_status(record, account=account, previous=record.job, now=now)
    events = [] if held is None else [held]
    if VANISHED_MARK in record.announced or (record.job.finished and record.missed_polls):
        return record, events
    record = replace(
        record,
        missed_polls=record.missed_polls + 1,
        missing_since=min(record.missing_since or now, now),
    )
    if record.job.finished or not _has_vanished(record, now):
        return record, events
    vanished = Event(
        kind=EventKind.VANISHED,
        account=account,
        job_id=record.job.id,
        happened_at=record.missing_since or now,
        seen_at=now,
        job=record.job,
        facts=Facts(missed_polls=record.missed_polls),
    )
    return replace(record, announced=record.announced | {VANISHED_MARK}), [*events, vanished]


def _has_vanished(record: JobRecord, now: datetime) -> bool:
    return (
        record.missed_polls >= VANISHED_AFTER_POLLS
        and record.missing_since is not None
        and now - record.missing_since >= VANISHED_AFTER
    )


def _new_record(job: BatchJob, now: datetime, announced: frozenset[str] = frozenset()) -> JobRecord:
    return JobRecord(
        job=job,
        first_seen_at=now,
        last_seen_at=now,
        status_since=now,
        progress_since=now,
        announced=announced,
    )


def _silent_record(job: BatchJob, now: datetime) -> JobRecord:
    """Return a new record of a job of which nobody is notified."""
    mark = mark_of(job)
    return _new_record(job, now, frozenset() if mark is None else frozenset({mark}))


def _is_old_news(snapshot: Snapshot, job: BatchJob, now: datetime) -> bool:
    if not job.finished or job.created_at is None or snapshot.last_good_poll_at is None:
        return False
    # A poll in the future proves nothing but a stepped clock, and makes nothing old.
    return job.created_at < min(snapshot.last_good_poll_at, now) - OLD_NEWS_AFTER


def _worth_writing(record: JobRecord, known: Mapping[str, JobRecord], now: datetime) -> bool:
    """Whether a record says anything new; spares a write per finished job and poll."""
    old = known.get(record.job.id)
    if old is None or old.job != record.job:
        return True
    if not record.job.finished or now - old.last_seen_at >= SEEN_REFRESH:
        return old != record
    return replace(old, last_seen_at=record.last_seen_at) != record
