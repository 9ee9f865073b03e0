"""Which ended jobs of a baseline are worth a name: those that somebody may still look at."""

from __future__ import annotations

from heapq import nlargest
from itertools import chain
from typing import TYPE_CHECKING

from batchbell.core.baseline import RECENT
from batchbell.core.ended import ended_at, may_have_ended_after

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.snapshot import RecordsAlike

#: So many at most: a baseline may have a hundred thousand jobs, and each name is a look-up.
MOST_NAMED = 100


def ended_lately(
    alike: Iterable[RecordsAlike],
    now: datetime,
    earlier: Iterable[tuple[datetime, BatchJob]] = (),
) -> tuple[tuple[datetime, BatchJob], ...]:
    """Return the jobs with an input file that ended last, within `RECENT`, and when they did.

    The latest comes first. `earlier` are those of the listing's parts before: in which parts it
    comes makes no difference.
    """
    since = now - RECENT
    found = (
        (ended_at(same.record, job), job)
        for same in alike
        for job in may_have_ended_after(since, same.jobs)
        if job.input_file_id
    )
    recent = ((at, job) for at, job in found if at is not None and at > since)
    return tuple(nlargest(MOST_NAMED, chain(earlier, recent), key=_by_end))


def _by_end(ended: tuple[datetime, BatchJob]) -> tuple[datetime, str]:
    at, job = ended
    return at, job.id
