"""What is done to jobs and their messages besides polling: cancel, retry, forget what is old."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from batchbell.core.addresses import from_elsewhere
from batchbell.core.awaiting import awaiting_verdicts
from batchbell.core.collectable import with_later_files
from batchbell.core.poll_decision import decide_answer
from batchbell.errors import DatabaseError
from batchbell.store import accounts, channels, jobs, ledger
from batchbell.store.database import about_account
from batchbell.usecases.announce import announce
from batchbell.usecases.begin_collecting import begin_collecting
from batchbell.usecases.decision_record import save

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from batchbell.clock import Clock
    from batchbell.core.job import BatchJob
    from batchbell.core.results.collecting import CollectionTerms
    from batchbell.core.routing import Filter
    from batchbell.providers.port import Canceller
    from batchbell.store.database import Database


async def cancel(
    job_id: str,
    *,
    account: str,
    client: Canceller,
    database: Database,
    clock: Clock,
    filters: Sequence[Filter],
    collecting: CollectionTerms | None = None,
) -> BatchJob:
    """Cancel a job at the API, and record the row it answers as a poll would.

    `collecting` is how long the files of ended jobs are waited for, None to read none.

    Raises `ApiError` if nothing was cancelled, `DatabaseError` if it was but was not recorded.
    """
    job = await client.cancel_batch(job_id)
    now = clock.now()

    def record() -> None:
        with database.write(about_account(account)) as connection:
            before = accounts.load(connection, account)
            snapshot = jobs.load_snapshot(
                connection, account, last_good_poll_at=before.last_good_poll_at, only=job.id
            )
            decision = decide_answer(before, snapshot, job, now)
            save(connection, before, decision)
            told = from_elsewhere(decision.events, client.elsewhere)
            if collecting is not None:
                told = awaiting_verdicts(told, collecting.wait, now)
            new = announce(connection, told, filters, now)
            later = with_later_files(snapshot.records, decision.records)
            begin_collecting(connection, account, new, later, collecting, now)

    try:
        await asyncio.to_thread(record)
    except DatabaseError as error:
        msg = f"job {job_id} is {job.status} at the API; the next poll will record it: {error}"
        raise DatabaseError(msg) from error
    return job


def retry_deliveries(
    database: Database,
    numbers: Collection[int] | None,
    now: datetime,
    *,
    enabling: Collection[str] = (),
) -> frozenset[int]:
    """Make these dead notifications pending again, or all dead ones (None); return which.

    Their channels are tried again, and those of `enabling`. Raises `DatabaseError`.
    """
    with database.write() as connection:
        revived = ledger.retry(connection, numbers, now)
        channels.enable(connection, {*revived.values(), *enabling})
        return frozenset(revived)
