"""When a job began, and since when it has not moved."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.provider import JobState

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.snapshot import JobRecord


#: Progress that stands still for less is not worth a word.
LEAST_STANDSTILL = timedelta(minutes=10)


def started_at(record: JobRecord) -> datetime | None:
    """Return when a job was seen to start; None if it was in progress when we first saw it.

    What such a job did before is not known: it may have waited in the queue for hours.
    """
    return record.status_since if record.status_since > record.first_seen_at else None


def begun_by(record: JobRecord) -> datetime | None:
    """Return since when a job may have been in progress, at the earliest; None if not known."""
    started, created = started_at(record), record.job.created_at
    if started is not None or created is None:
        return started
    return min(created, record.status_since)


def unmoved_since(record: JobRecord) -> datetime | None:
    """Return since when a job in progress of which nothing is done is that; None of any other.

    Nobody had to watch it for that: it never moved.
    """
    job = record.job
    if job.state is not JobState.IN_PROGRESS or job.progress != 0:
        return None
    return begun_by(record)


def standstill(record: JobRecord) -> datetime | None:
    """Return since when a job stands still: as was told, or in progress as watched for a while.

    One of which nothing is done has stood still since it began, watched or not.
    """
    job, unmoved = record.job, unmoved_since(record)
    if unmoved is not None and record.last_seen_at - unmoved >= LEAST_STANDSTILL:
        return unmoved
    if record.stalled_since is not None:
        return record.stalled_since
    if job.state is not JobState.IN_PROGRESS or job.progress is None:
        return None
    return record.still_since if record.flat_for >= LEAST_STANDSTILL else None


def is_unmoved_by_half(record: JobRecord, now: datetime) -> bool:
    """Whether nothing of a job is done though no more time is left for it than has gone."""
    since, deadline = unmoved_since(record), record.job.job_deadline
    return since is not None and deadline is not None and since + (deadline - now) <= now < deadline
