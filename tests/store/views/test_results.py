"""What lists know of jobs' results."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from batchbell.core.job import BatchJob
from batchbell.core.results.job_results import ResultsState
from batchbell.core.snapshot import JobRecord
from batchbell.store import accounts, jobs
from batchbell.store.job_rows import AccountJob
from batchbell.store.views.job import job_history
from batchbell.store.views.results import results_in_brief
from tests.came_back import partial, put, unread
from tests.fakes import START

if TYPE_CHECKING:
    from batchbell.store.database import Database


def seen(job: BatchJob, account: str = "default") -> AccountJob:
    record = JobRecord(
        job=job, first_seen_at=START, last_seen_at=START, status_since=START, progress_since=START
    )
    return AccountJob(account=account, record=record)


def ended(database: Database, job_id: str, account: str = "default") -> AccountJob:
    item = seen(BatchJob(id=job_id, status="COMPLETED", output_file_id="file-out"), account)
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, account))
        jobs.save(connection, account, [item.record])
    return item


def by_key(*items: AccountJob) -> list[tuple[tuple[str, str], BatchJob]]:
    return [(item.key, item.record.job) for item in items]


def test_lists_have_everything_but_causes_and_files(database: Database) -> None:
    one, two, other = (
        ended(database, job_id, account)
        for job_id, account in (("one", "default"), ("two", "default"), ("one", "other"))
    )
    known = (
        replace(partial(one.record.job), cost=Decimal("0.36")),
        unread(two.record.job, ResultsState.LOST, "HTTP 404"),
        partial(other.record.job, "other"),
    )
    put(database, *known)
    with database.read() as connection:
        found = results_in_brief(connection, by_key(one, two, ended(database, "three"), other))
        with_causes = results_in_brief(connection, by_key(one, two, other), with_causes=True)
        assert results_in_brief(connection, []) == {}
    assert found == {
        (each.account, each.job_id): replace(each, causes=(), files=()) for each in known
    }
    assert with_causes == {(each.account, each.job_id): replace(each, files=()) for each in known}


def test_results_of_another_end_are_none_of_this_one(database: Database) -> None:
    job = ended(database, "one").record.job
    put(database, partial(job))
    with database.read() as connection:
        for status in ("EXPIRED", "IN_PROGRESS"):
            item = seen(replace(job, status=status))
            assert results_in_brief(connection, by_key(item)) == {}
            assert job_history(connection, item, START).results is None
