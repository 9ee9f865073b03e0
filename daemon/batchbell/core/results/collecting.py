"""When the files of a job that ended are read, tried again, and given up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import FileKind, JobResults, ResultFile, ResultsState
from batchbell.core.snapshot import END_MARK

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.job import BatchJob

#: After a first failed attempt; it doubles with each further one ...
FIRST_RETRY = timedelta(seconds=5)
#: ... until it is this.
LONGEST_RETRY = timedelta(minutes=15)
#: A claim not renewed for this long is nobody's: its owner died, or has lost the database.
CLAIM = timedelta(seconds=20)
_MOST_DOUBLINGS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionTerms:
    """How long the files of an account's jobs are waited for."""

    #: How long a message about an end waits for its verdict, and the count for the input.
    wait: timedelta
    #: Result files that can't be had for so long are lost.
    give_up_after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What is known of an end's results, and how its files are collected."""

    results: JobResults
    #: When the end was announced, or another file of it; with it the row is the same as it was.
    created_at: datetime
    #: When a message about the end goes without a verdict, and the count without an input, which
    #: it can do without: not after `give_up_at`, so that no answers are lost for it.
    free_at: datetime
    #: When its files are lost, if they can't be had by then.
    give_up_at: datetime
    next_attempt_at: datetime
    #: Ended attempts.
    attempts: int = 0

    @property
    def end(self) -> str:
        """Which end of the job it is: the qualifier of its event."""
        return END_MARK + self.results.status

    @property
    def key(self) -> tuple[str, str]:
        """Account and job."""
        return self.results.account, self.results.job_id


def files_of(job: BatchJob) -> tuple[ResultFile, ...]:
    """Return a job's files, none of them read, in the order of `FileKind`."""
    ids = (job.input_file_id, job.output_file_id, job.error_file_id)
    return tuple(
        ResultFile(kind=kind, id=file_id)
        for kind, file_id in zip(FileKind, ids, strict=True)
        if file_id
    )


def to_be_read(job: BatchJob, account: str) -> JobResults:
    """Return the results of a job that ended, whose files are still to be read."""
    return JobResults(
        account=account,
        job_id=job.id,
        status=job.status or "",
        state=ResultsState.WAITING,
        files=files_of(job),
    )


def is_collectable(job: BatchJob) -> bool:
    """Whether a job that ended has a file to be read."""
    return job.finished and bool(job.status and (job.output_file_id or job.error_file_id))


def to_collect(job: BatchJob, account: str, terms: CollectionTerms, *, now: datetime) -> Collection:
    """Return what is to be done about a job that ended, from `now` on."""
    return Collection(
        results=to_be_read(job, account),
        created_at=now,
        free_at=now + min(terms.wait, terms.give_up_after),
        give_up_at=now + terms.give_up_after,
        next_attempt_at=now,
    )


def is_outdated(results: JobResults, job: BatchJob) -> bool:
    """Whether these results are of another end of the job than this, or of other files."""
    ids = [(file.kind, file.id) for file in results.files]
    is_other = results.status != (job.status or "")
    return is_other or ids != [(file.kind, file.id) for file in files_of(job)]


def after_attempt(
    before: Collection,
    found: JobResults,
    now: datetime,
    *,
    retry_after: timedelta = timedelta(),
    may_be_lost: bool = True,
) -> Collection:
    """Return how an end stands after an attempt that ended with this.

    `retry_after` is how long the API wants no call at least. The last attempt is at `give_up_at`:
    if its files can't be had even then, they are lost, unless that is this machine's fault.
    """
    after = replace(before, results=found, attempts=before.attempts + 1)
    if found.state is not ResultsState.WAITING:
        return after
    if may_be_lost and now >= before.give_up_at:
        lost = replace(found, state=ResultsState.LOST, verdict=Verdict.UNKNOWN)
        return replace(after, results=lost)
    due = now + _backoff(after.attempts)
    if now < before.free_at:
        # then it is counted without the input, if that is all that is missing
        due = min(due, before.free_at)
    due = max(due, now + retry_after)
    if not may_be_lost:
        return replace(after, next_attempt_at=due, give_up_at=max(due, before.give_up_at))
    return replace(after, next_attempt_at=min(due, before.give_up_at))


def _backoff(attempts: int) -> timedelta:
    """Return what follows so many failed attempts."""
    doublings = min(attempts - 1, _MOST_DOUBLINGS)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_RETRY)
