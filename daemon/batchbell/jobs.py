"""What is done to jobs and their messages besides polling: cancel, retry, forget what is old."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from batchbell.core.addresses import from_elsewhere
from batchbell.core.diff import diff_one
from batchbell.errors import DatabaseError
from batchbell.store import accounts, channels, files, gaps, history, jobs, mutes, queue
from batchbell.store.outbox import record_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from batchbell.clock import Clock
    from batchbell.core.batch_job import BatchJob
    from batchbell.core.event import Event
    from batchbell.core.routing import Filter
    from batchbell.store.database import Database, Transaction

#: Rows of one pruning transaction: it holds the write lock for some milliseconds.
PRUNED_AT_ONCE = 500


class Canceller(Protocol):
    """What a cancel needs of the API client."""

    @property
    def base_url(self) -> str:
        """Where the API is."""

    async def cancel_batch(self, batch_job_id: str) -> BatchJob:
        """Cancel the job and return its row, or raise `ApiError`."""


async def cancel(
    job_id: str,
    *,
    account: str,
    client: Canceller,
    database: Database,
    clock: Clock,
    filters: Sequence[Filter],
) -> BatchJob:
    """Cancel a job at the API, and record the row it answers as a poll would.

    Raises `ApiError` if nothing was cancelled, `DatabaseError` if it was but was not recorded.
    """
    job = await client.cancel_batch(job_id)
    now = clock.now()

    def record() -> None:
        with database.write() as connection:
            events = _record_answer(connection, job, account=account, now=now)
            told = from_elsewhere(events, client.base_url)
            record_events(connection, told, filters, now)

    try:
        await asyncio.to_thread(record)
    except DatabaseError as error:
        msg = f"job {job_id} is {job.status} at the API; the next poll will record it: {error}"
        raise DatabaseError(msg) from error
    return job


def _record_answer(
    transaction: Transaction, job: BatchJob, *, account: str, now: datetime
) -> Sequence[Event]:
    """Write one answered row; return the events it causes.

    Its `last_seen_at` protects it from a listing requested earlier. An account without a good
    poll has no snapshot to compare with: nothing is written.
    """
    last_good_poll_at = accounts.load(transaction, account).last_good_poll_at
    snapshot = jobs.load_snapshot(
        transaction, account, last_good_poll_at=last_good_poll_at, only=job.id
    )
    decision = diff_one(snapshot, job, now)
    jobs.save(transaction, snapshot, decision.records)
    return decision.events


def retry_deliveries(database: Database, notification_id: int | None, now: datetime) -> int:
    """Make a dead notification pending again, or all dead ones (None); return how many.

    Raises `DatabaseError`.
    """
    with database.write() as connection:
        revived = queue.retry(connection, notification_id, now)
        channels.enable(connection, revived)
        return len(revived)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How many rows a pruning deleted; samples and attempts went with them."""

    jobs: int
    events: int
    notifications: int


def prune(
    database: Database, keep: timedelta, now: datetime, *, at_once: int = PRUNED_AT_ONCE
) -> Pruned:
    """Forget what is older than `keep` and no longer needed, in transactions of `at_once` rows.

    Jobs that ended and have not been listed for so long; then events of jobs without a row, and of
    accounts and channels, unless a notification of theirs is still pending; gaps in polling and
    mutes that ended. Raises `DatabaseError`.
    """
    before = now - keep
    with database.write() as connection:
        gaps.forget(connection, until_before=before)
        mutes.forget_ended(connection, before=before)
    gone_jobs = sum(_prune_jobs(database, before, at_once))
    with database.write() as connection:
        files.forget_unused(connection)
    counts = list(_prune_events(database, before, at_once))
    return Pruned(
        jobs=gone_jobs,
        events=sum(events for events, _ in counts),
        notifications=sum(notifications for _, notifications in counts),
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
