"""Forgetting what is old, in small transactions: the daemon's other work goes on between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.downsampling import beyond_the_youngest, dispensable
from batchbell.store import downsampling, files, gaps, history, mutes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from batchbell.store.database import Database

#: Rows of one transaction: each is over in some ten milliseconds.
AT_ONCE = 500
#: Jobs whose samples are downsampled in one transaction.
JOBS_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many rows a pruning deleted; attempts, and samples of deleted jobs, went with them."""

    jobs: int
    events: int
    notifications: int
    #: Of jobs that stay.
    samples: int


def prune(database: Database, keep: timedelta, now: datetime, *, at_once: int = AT_ONCE) -> Pruned:
    """Forget what is older than `keep` and no longer needed, in transactions of `at_once` rows.

    Jobs that ended and have not been listed for so long; then events of jobs without a row, and of
    accounts and channels, unless a notification of theirs is still pending; gaps in polling and
    mutes that ended; and, at any age, progress samples that nothing needs any more. A crash in
    between leaves the rest to the next pruning. Raises `DatabaseError`.
    """
    before = now - keep
    with database.write() as connection:
        gaps.forget(connection, until_before=before)
        mutes.forget_ended(connection, before=before)
    gone_jobs = sum(_prune_jobs(database, before, at_once))
    with database.write() as connection:
        files.forget_unused(connection)
    counts = list(_prune_events(database, before, at_once))
    samples = sum(_downsample(database, now))
    database.tidy()
    return Pruned(
        jobs=gone_jobs,
        events=sum(events for events, _ in counts),
        notifications=sum(notifications for _, notifications in counts),
        samples=samples,
    )


def _prune_jobs(database: Database, before: datetime, at_once: int) -> Iterator[int]:
    deleted = at_once
    while deleted == at_once:
        with database.write() as connection:
            deleted = history.delete_jobs(connection, unlisted_before=before, limit=at_once)
        yield deleted


def _prune_events(database: Database, before: datetime, at_once: int) -> Iterator[tuple[int, int]]:
    """Walk once along the old events; those that have to stay are not looked at again."""
    after = 0
    while True:
        with database.write() as connection:
            page = history.old_events(connection, after=after, seen_before=before, limit=at_once)
            if not page:
                return
            unneeded = history.unneeded(connection, page)
            notifications = history.delete_events(connection, unneeded)
        yield len(unneeded), notifications
        after = page[-1]


def _downsample(database: Database, now: datetime) -> Iterator[int]:
    with database.read() as connection:
        found = downsampling.oversampled(connection, now)
    for start in range(0, len(found), JOBS_AT_ONCE):
        with database.write() as connection:
            for job in found[start : start + JOBS_AT_ONCE]:
                samples = downsampling.times(connection, job)
                going = beyond_the_youngest if job.is_running else dispensable
                yield downsampling.delete(connection, job, going(samples, job.keep))
