"""`diff`: what a good listing changes in the snapshot, and what of it is worth a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.baseline import baseline, counted
from batchbell.core.deadline import is_same_deadline
from batchbell.core.decision import Decision
from batchbell.core.event import Event, EventKind
from batchbell.core.facts import BaselineFacts, Facts
from batchbell.core.first_seen import first_seen
from batchbell.core.stall import announce_resumed, flat_for, moved
from batchbell.core.transition import announce_progress, announce_status, mark_of
from batchbell.core.vanishing import unlisted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.listing import Listing
    from batchbell.core.snapshot import JobRecord, Snapshot

#: How often an unchanged, finished row's `last_seen_at` is written.
SEEN_REFRESH = timedelta(hours=1)
#: How long after a look at a job the next one counts as watching on: three polls of the default
#: rhythm and a timeout.
GRACE_PERIOD = timedelta(seconds=210)


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
        return baseline(listing.jobs, now)
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


def diff_one(snapshot: Snapshot, job: BatchJob, now: datetime) -> Decision:
    """Compare one answered row (of a `cancel`, of a `get`) with its record, as a poll would."""
    if snapshot.last_good_poll_at is None:
        return Decision()
    record, events = _listed(snapshot, job, now, GRACE_PERIOD)
    return Decision(records=(record,), events=tuple(events))


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
            yield unlisted(snapshot.account, record, now)


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
        return first_seen(snapshot, job, now)
    return _seen_again(snapshot.account, record, job, now, grace_period)


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
    # What a message said of waiting goes by how the job stood then, and by its deadline.
    is_as_told = not moved(job, previous) and is_same_deadline(
        job.job_deadline, previous.job_deadline
    )
    return replace(
        record,
        job=job,
        last_seen_at=now,
        status_since=status_since,
        progress_since=progress_since,
        flat_for=flat_for(record, job, now=now, grace_period=grace_period),
        at_risk=record.at_risk and not job.finished,
        waited_until=record.waited_until if is_as_told else None,
        missed_polls=0,
        missing_since=None,
    )


def _worth_writing(record: JobRecord, known: Mapping[str, JobRecord], now: datetime) -> bool:
    """Whether a record says anything new; spares a write per finished job and poll."""
    old = known.get(record.job.id)
    if old is None or old.job != record.job:
        return True
    if not record.job.finished or now - old.last_seen_at >= SEEN_REFRESH:
        return old != record
    return replace(old, last_seen_at=record.last_seen_at) != record
