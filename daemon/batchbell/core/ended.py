"""When a job ended, as well as that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.job_columns import JobColumns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.snapshot import JobRecord


def named_end(job: BatchJob, seen_at: datetime) -> datetime | None:
    """Return when the API says that a finished job ended; None if it says nothing believable.

    No job ends before it was created, and none later than `seen_at`, when it was seen ended.
    """
    if not job.finished or job.completed_at is None:
        return None
    if job.created_at is not None and job.completed_at < job.created_at:
        return None
    return min(job.completed_at, seen_at)


def may_have_ended_after(since: datetime, jobs: Sequence[BatchJob]) -> Sequence[BatchJob]:
    """Return those of which `ended_at` may be later, of jobs that had ended when first seen.

    Most of a hundred thousand say at once that it is not: only the others are looked at.
    """
    if isinstance(jobs, JobColumns):
        times = zip(jobs.values("completed_at"), jobs.values("created_at"), strict=True)
        mask = [_may_have(since, completed, created) for completed, created in times]
        return jobs.picked(mask) if any(mask) else ()
    return [job for job in jobs if _may_have(since, job.completed_at, job.created_at)]


def _may_have(since: datetime, completed: datetime | None, created: datetime | None) -> bool:
    return completed is None or completed > since or (created is not None and created > since)


def ended_at(record: JobRecord, job: BatchJob | None = None) -> datetime | None:
    """Return when a job ended; None for one that has not.

    `job` is another one whose record says the same.

    Without a time from the API it is when we saw it end. One first seen finished may have ended
    any time since its creation: the earliest is taken, so that old jobs don't look fresh.
    `store.job_conditions` says the same in SQL.
    """
    job = job or record.job
    if not job.finished:
        return None
    named = named_end(job, record.last_seen_at)
    if named is not None:
        return named
    first_seen_finished = record.status_since <= record.first_seen_at
    return (job.created_at if first_seen_finished else None) or record.status_since
