"""Until when a job that stands still is waited for, given when the bell rings."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.provider import JobState

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.job import BatchJob

#: One that has stood still for longer is not waited for, however far its deadline is.
LONGEST_STANDSTILL = timedelta(hours=4)
#: Who has waited for long enough waits so much longer if the bell rings by then: nobody is to be
#: the bell.
LONGEST_DETOUR = timedelta(hours=4)
#: What stands still for less may just pause, whatever pace it needs by then.
LONGEST_PAUSE = timedelta(hours=1)
#: Its pace so far says nothing of a longer time than that which it took: of half of it at most.
_HALF = 0.5
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


def outpaced_at(job: BatchJob, since: datetime, begun: datetime | None) -> datetime | None:
    """Return from when on a job that stands still can't make its deadline at its average pace.

    It is in progress since `begun`: its share of the time is over then as its share of the work is.
    None if that is not known, it has done nothing or has no deadline.
    """
    if begun is None or not job.progress or job.job_deadline is None:
        return None
    if job.state is not JobState.IN_PROGRESS:
        return None
    outpaced = begun + max(job.progress, _HALF) * (job.job_deadline - begun)
    return max(outpaced, since + LONGEST_PAUSE)


def outpaced_by_pace(
    job: BatchJob, since: datetime, made: float | None, now: datetime
) -> datetime | None:
    """Return the same of a job of which only is known what it made of itself an hour by `now`."""
    begun = now - timedelta(hours=job.progress / made) if job.progress and made else None
    return outpaced_at(job, since, begun)


def waits_until(
    job: BatchJob, since: datetime, next_ring: datetime | None, outpaced: datetime | None = None
) -> datetime:
    """Return until when a job that is worth waiting for is waited for, given what rings next.

    If that is before patience ends, it is decided anew then; if it is not long after, waiting ends
    then. At the deadline nothing is left to decide. Where no bell ends its patience, it is not
    waited for beyond the moment at which it is `outpaced`.
    """
    ends = patience_ends(job, since)
    if next_ring is None or next_ring == job.job_deadline or next_ring > ends + LONGEST_DETOUR:
        at_last = ends
    elif next_ring <= ends:
        return next_ring
    else:
        at_last = next_ring
    return at_last if outpaced is None else min(at_last, outpaced)


def still_waited_until(
    job: BatchJob, since: datetime | None, waited_until: datetime | None
) -> datetime | None:
    """Return the moment that a message named; None if it can't be meant of the job as it is.

    Another deadline, or a clock that was stepped, must not make anybody wait for longer than
    `waits_until` ever says.
    """
    if since is None or waited_until is None:
        return None
    is_meant = waited_until <= patience_ends(job, since) + LONGEST_DETOUR
    return waited_until if is_meant else None


def given_up_at(job: BatchJob, since: datetime, waited_until: datetime | None) -> datetime:
    """Return when such a job is given up: never before the moment that a message named."""
    ends, said = patience_ends(job, since), still_waited_until(job, since, waited_until)
    return ends if said is None else max(ends, said)


def is_given_up(
    job: BatchJob, since: datetime | None, waited_until: datetime | None, now: datetime
) -> bool:
    """Whether a job that has stood still `since` then will not make its deadline any more."""
    if since is None or job.state not in _WAITED_FOR:
        return False
    return given_up_at(job, since, waited_until) <= now
