"""Jobs that are seen for the first time: what is recorded of them, and whether that is told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import Event, EventKind
from batchbell.core.snapshot import JobRecord
from batchbell.core.transition import announce_status, mark_of

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.snapshot import Snapshot

#: A finished job first seen this long after its creation (before the last good poll) is old news.
OLD_NEWS_AFTER = timedelta(days=7)


def first_seen(snapshot: Snapshot, job: BatchJob, now: datetime) -> tuple[JobRecord, list[Event]]:
    """Record a new job, and tell it; an end of long ago is recorded in silence."""
    if _is_old_news(snapshot, job, now):
        return silent_record(job, now), []
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


def silent_record(job: BatchJob, now: datetime) -> JobRecord:
    """Return a new record of a job of which nobody is notified."""
    mark = mark_of(job)
    return _new_record(job, now, frozenset() if mark is None else frozenset({mark}))


def _new_record(job: BatchJob, now: datetime, announced: frozenset[str] = frozenset()) -> JobRecord:
    return JobRecord(
        job=job,
        first_seen_at=now,
        last_seen_at=now,
        status_since=now,
        progress_since=now,
        announced=announced,
    )


def _is_old_news(snapshot: Snapshot, job: BatchJob, now: datetime) -> bool:
    if not job.finished or job.created_at is None or snapshot.last_good_poll_at is None:
        return False
    # A poll in the future proves nothing but a stepped clock, and makes nothing old.
    return job.created_at < min(snapshot.last_good_poll_at, now) - OLD_NEWS_AFTER
