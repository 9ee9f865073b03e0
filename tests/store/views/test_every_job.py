"""All jobs there are, part by part."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import TYPE_CHECKING

from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord
from batchbell.store import accounts, jobs
from batchbell.store.batches import BATCH
from batchbell.store.views.every_job import every_job
from tests.fakes import START

if TYPE_CHECKING:
    from batchbell.store.database import Database
    from batchbell.store.views.every_job import JobsPart

BLANK = JobRecord(
    job=BatchJob(id="any", status="COMPLETED"),
    first_seen_at=START,
    last_seen_at=START,
    status_since=START,
    progress_since=START,
)


STATUSES = ("COMPLETED", "IN_PROGRESS", "FAILED")


def record(job_id: str, status: str) -> JobRecord:
    return replace(BLANK, job=BatchJob(id=job_id, status=status))


def keys_of(part: JobsPart) -> list[tuple[str, str]]:
    columns = part.ended.columns
    ended = iter(zip(columns["account"], columns["id"], strict=True))
    others = (item.key for item in part.others.jobs)
    return [next(ended if finished else others) for finished in part.finished]


def test_all_jobs_come_by_account_and_id_in_parts_of_bounded_size(database: Database) -> None:
    ids = [f"{number:05}" for number in range(BATCH)]
    with database.write() as transaction:
        for account, some in (("b", ["b", "ä", "B", "a"]), ("a", ids)):
            accounts.save(transaction, accounts.load(transaction, account))
            records = [record(each, status) for each, status in zip(some, cycle(STATUSES))]
            jobs.save(transaction, account, records)

    with database.read() as transaction:
        parts = [keys_of(part) for part in every_job(transaction, START)]

    found = [key for part in parts for key in part]
    assert found == [*(("a", each) for each in ids), *(("b", each) for each in "Babä")]
    assert max(map(len, parts)) <= BATCH
