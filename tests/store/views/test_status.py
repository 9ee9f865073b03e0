"""One look at everything, as a whole and part by part."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord
from batchbell.store import accounts, jobs
from batchbell.store.batches import BATCH
from batchbell.store.views.status import every_job
from tests.fakes import START

if TYPE_CHECKING:
    from batchbell.store.database import Database

BLANK = JobRecord(
    job=BatchJob(id="any", status="COMPLETED"),
    first_seen_at=START,
    last_seen_at=START,
    status_since=START,
    progress_since=START,
)


def test_all_jobs_come_by_account_and_id_in_parts_of_bounded_size(database: Database) -> None:
    ids = [f"{number:05}" for number in range(BATCH)]
    with database.write() as transaction:
        for account, some in (("b", ["b", "ä", "B", "a"]), ("a", ids)):
            accounts.save(transaction, accounts.load(transaction, account))
            records = [replace(BLANK, job=replace(BLANK.job, id=each)) for each in some]
            jobs.save(transaction, account, records)

    with database.read() as transaction:
        parts = [[item.key for item in seen.jobs] for seen in every_job(transaction, START)]

    found = [key for part in parts for key in part]
    assert found == [*(("a", each) for each in ids), *(("b", each) for each in "Babä")]
    assert max(map(len, parts)) <= BATCH
