"""Note whose result files are to be read, in the transaction that announces the ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.awaiting import end_of
from batchbell.core.collectable import ended_jobs
from batchbell.core.results.collecting import to_collect
from batchbell.store import events as event_log
from batchbell.store import results

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.core.results.collecting import CollectionTerms
    from batchbell.store.database import Transaction


def begin_collecting(
    transaction: Transaction,
    account: str,
    announced: Iterable[Event],
    later: Iterable[BatchJob],
    terms: CollectionTerms | None,
    now: datetime,
) -> None:
    """Note the files of ends that were announced just now, and `later` files of earlier ends.

    An end that nobody was told of, as it is older than the first look, is left alone. Without terms
    nothing is read.
    """
    if terms is None:
        return
    new = {job.id: job for job in ended_jobs(announced)}
    for job in later:
        if job.id not in new and _is_told(transaction, account, job):
            new[job.id] = job
    results.begin(transaction, [to_collect(job, account, terms, now=now) for job in new.values()])


def _is_told(transaction: Transaction, account: str, job: BatchJob) -> bool:
    log = event_log.of_job(transaction, account, job.id)
    return end_of((each.event for each in log), job.status or "") is not None
