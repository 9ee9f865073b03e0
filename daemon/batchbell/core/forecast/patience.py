"""Until when a job that stands still is worth waiting for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.provider import JobState

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.job import BatchJob

#: One that has stood still for longer is not waited for, however far its deadline is.
LONGEST_STANDSTILL = timedelta(hours=4)
#: The states in which a job that does not move may be given up.
_WAITED_FOR = frozenset({JobState.VALIDATING, JobState.IN_PROGRESS})


def patience_ends(job: BatchJob, since: datetime) -> datetime:
    """Return until when a job that has stood still `since` then is worth waiting for.

    While less has gone since it moved than is left, and not for ever, unless it has done nothing:
    it waits in the queue, where a new one would be the last.
    """
    longest = since + LONGEST_STANDSTILL
    if job.job_deadline is None:
        return longest
    half = since + (job.job_deadline - since) / 2
    return half if job.progress == 0 else min(longest, half)


def is_given_up(job: BatchJob, since: datetime | None, now: datetime) -> bool:
    """Whether a job that has stood still `since` then will not make its deadline any more."""
    return since is not None and job.state in _WAITED_FOR and patience_ends(job, since) <= now
