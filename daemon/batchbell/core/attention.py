"""What of the snapshot deserves a look first; nothing here is told to anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind, Severity, severity_of
from batchbell.core.snapshot import VANISHED_MARK
from batchbell.core.transition import kind_of_status

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.snapshot import JobRecord

#: A deadline is close from here on, whichever warnings are configured.
CLOSE_DEADLINE = timedelta(hours=1)


def has_vanished(record: JobRecord) -> bool:
    """Whether the API lists the job no longer, and that was told."""
    return record.missed_polls > 0 and VANISHED_MARK in record.announced


def is_overdue(record: JobRecord, now: datetime) -> bool:
    """Whether the job is still not finished after its deadline."""
    deadline = record.job.job_deadline
    return not record.job.finished and deadline is not None and deadline <= now


def is_close(record: JobRecord, now: datetime) -> bool:
    """Whether an unfinished job has little time left, or none."""
    deadline = record.job.job_deadline
    return not record.job.finished and deadline is not None and deadline - now <= CLOSE_DEADLINE


def ended_at(record: JobRecord) -> datetime | None:
    """Return when a job ended, as well as we know; None for one that has not.

    Without a time from the API it is when we saw it end. One first seen finished may have ended
    any time since its creation: the earliest is taken, so that old jobs don't look fresh.
    """
    job = record.job
    if not job.finished:
        return None
    if job.completed_at is not None:
        return job.completed_at
    first_seen_finished = record.status_since <= record.first_seen_at
    return (job.created_at if first_seen_finished else None) or record.status_since


def is_at_risk(record: JobRecord, now: datetime) -> bool:
    """Whether a job may still meet its deadline, but by its forecast won't."""
    deadline = record.job.job_deadline
    return record.running and record.at_risk and deadline is not None and deadline > now


def severity_now(record: JobRecord, now: datetime) -> Severity:
    """Return how bad a job stands: by its end, by its deadline, or as it is odd or slow."""
    kind = kind_of_status(record.job)
    if record.job.finished:
        return severity_of(kind)
    if is_overdue(record, now):
        return Severity.FAILURE
    is_odd = has_vanished(record) or kind is EventKind.STATUS_UNKNOWN
    is_slow = record.at_risk or record.stalled_since is not None
    return Severity.WARNING if is_odd or is_slow or is_close(record, now) else Severity.INFO


def attention_order(record: JobRecord, now: datetime) -> tuple[bool, int, float, str]:
    """Return a sort key: unfinished first, the worst first; then by deadline, or latest end."""
    ended = ended_at(record)
    if ended is None:
        deadline = record.job.job_deadline
        moment = float("inf") if deadline is None else deadline.timestamp()
    else:
        moment = -ended.timestamp()
    return (ended is not None, -severity_now(record, now), moment, record.job.id)
