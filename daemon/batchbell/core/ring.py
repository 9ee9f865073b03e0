"""When the bell rings next about a job that runs on: at the next step before its deadline."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.job import BatchJob

#: The last step of every deadline: the deadline itself.
MISSED = timedelta()


class Hearing(Enum):
    """Whether the readers of a channel hear what rings at a moment."""

    AT_ONCE = auto()
    #: With the next one of the channel, whenever that is.
    IN_A_DIGEST = auto()
    #: It is quiet then, or such news is not for it.
    NOT_THEN = auto()


class Ring(NamedTuple):
    """A moment at which a job is told of if it has not ended by then."""

    at: datetime
    #: How long before its deadline that is; nothing at the deadline itself.
    step: timedelta
    hearing: Hearing = Hearing.AT_ONCE

    @property
    def is_ahead_of_deadline(self) -> bool:
        """Whether something can still be decided then."""
        return bool(self.step)

    @property
    def is_heard(self) -> bool:
        """Whether it is there for those that are told of it."""
        return self.hearing is Hearing.AT_ONCE


def next_ring(job: BatchJob, steps: Sequence[timedelta], now: datetime) -> datetime | None:
    """Return when the next step is due, `MISSED` at last; None with no deadline ahead."""
    if job.job_deadline is None:
        return None
    left = job.job_deadline - now
    step = max((step for step in (*steps, MISSED) if step < left), default=None)
    return None if step is None else job.job_deadline - step


def ring_at(
    job: BatchJob, at: datetime | None, now: datetime, hearing: Hearing = Hearing.AT_ONCE
) -> Ring | None:
    """Return what rings at a moment as it was stored; None if it is not ahead any more."""
    if at is None or job.job_deadline is None or not now < at <= job.job_deadline:
        return None
    return Ring(at, job.job_deadline - at, hearing)
