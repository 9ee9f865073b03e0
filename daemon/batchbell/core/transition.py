"""Which event a job's status is worth, if any."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.ended import named_end
from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts, StatusFacts
from batchbell.core.provider import END_STATES, JobState
from batchbell.core.snapshot import END_MARK

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.snapshot import JobRecord

_KINDS = {
    JobState.VALIDATING: EventKind.VALIDATING,
    JobState.IN_PROGRESS: EventKind.IN_PROGRESS,
    JobState.CANCELING: EventKind.CANCELING,
    JobState.FAILED: EventKind.FAILED,
    JobState.EXPIRED: EventKind.EXPIRED,
    JobState.CANCELLED: EventKind.CANCELLED,
}

#: Crossing one of these, in percent, is worth a `batch.progress`.
PROGRESS_THRESHOLDS = (25, 50, 75)


def mark_of(job: BatchJob) -> str | None:
    """Return what `announced` holds once this job's status is announced; None without a status."""
    if job.status is None:
        return None
    return END_MARK + job.status if job.finished else job.status


def is_settled(job: BatchJob) -> bool:
    """Whether nothing more comes of a job as long as the API says the same of it.

    A running one is looked at in every listing, and so is a COMPLETED one without an output file:
    the second listing decides what it is announced as.
    """
    return _is_settled(job.meaning or job.status, job.output_file_id)


def are_settled(
    statuses: Iterable[str | None], output_file_ids: Iterable[str | None]
) -> list[bool]:
    """Say the same of several jobs whose statuses are names of states."""
    return list(map(_is_settled, statuses, output_file_ids))


def _is_settled(status: str | None, output_file_id: str | None) -> bool:
    return status in END_STATES and (bool(output_file_id) or status != JobState.COMPLETED)


def announce_status(
    record: JobRecord, *, account: str, previous: BatchJob | None, now: datetime
) -> tuple[JobRecord, Event | None]:
    """Return the record with its status marked as announced, and its event.

    Nothing is announced twice. After an end only a different end is, as a correction. A COMPLETED
    job without an output file waits for a second listing, as the file's id may come late.
    """
    mark = mark_of(record.job)
    if mark is None or mark in record.announced:
        return record, None
    if record.job.finished:
        if _is_empty_completion(record.job) and not _was_completed(previous):
            return record, None
    elif record.ended_as:
        return record, None
    told = replace(record, announced=record.announced | {mark})
    return told, Event(
        kind=kind_of_status(record.job),
        account=account,
        job_id=record.job.id,
        qualifier=mark,
        happened_at=named_end(record.job, now) or now,
        seen_at=now,
        job=record.job,
        facts=_facts(record, previous),
    )


def announce_progress(
    job: BatchJob, *, account: str, previous: BatchJob, now: datetime
) -> Event | None:
    """Return a `batch.progress` for the highest threshold crossed between two listings."""
    if job.state is not JobState.IN_PROGRESS or job.progress is None:
        return None
    before = (previous.progress or 0.0) * 100
    crossed = [step for step in PROGRESS_THRESHOLDS if before < step <= job.progress * 100]
    if not crossed:
        return None
    return Event(
        kind=EventKind.PROGRESS,
        account=account,
        job_id=job.id,
        qualifier=str(crossed[-1]),
        happened_at=now,
        seen_at=now,
        job=job,
        facts=Facts(threshold=crossed[-1]),
    )


def kind_of_status(job: BatchJob) -> EventKind:
    """Return the event kind of this job's status; an unknown one is `batch.status_unknown`."""
    if job.state is JobState.COMPLETED:
        if not job.output_file_id:
            return EventKind.COMPLETED_EMPTY
        return EventKind.COMPLETED_WITH_ERRORS if job.error_file_id else EventKind.COMPLETED
    return _KINDS.get(job.state, EventKind.STATUS_UNKNOWN)


def _is_empty_completion(job: BatchJob) -> bool:
    return not job.output_file_id and job.state is JobState.COMPLETED


def _was_completed(previous: BatchJob | None) -> bool:
    return previous is not None and previous.state is JobState.COMPLETED


def _facts(record: JobRecord, previous: BatchJob | None) -> Facts:
    before = "" if previous is None else previous.status or ""
    return Facts(
        status=StatusFacts(
            previous="" if before == record.job.status else before,
            corrects=tuple(sorted(record.ended_as)) if record.job.finished else (),
        )
    )
