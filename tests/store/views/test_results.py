"""What lists know of jobs' results."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from batchbell.core.job import BatchJob
from batchbell.core.results.job_results import ResultsState
from batchbell.core.snapshot import JobRecord
from batchbell.store import accounts, jobs
from batchbell.store.views.results import results_in_brief
from tests.came_back import partial, put, unread
from tests.fakes import START

if TYPE_CHECKING:
    from batchbell.store.database import Database


def ended(database: Database, job_id: str, account: str = "default") -> BatchJob:
    job = BatchJob(id=job_id, status="COMPLETED", output_file_id="file-out")
    record = JobRecord(
        job=job, first_seen_at=START, last_seen_at=START, status_since=START, progress_since=START
    )
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, account))
        jobs.save(connection, account, [record])
    return job


def test_lists_have_everything_but_causes_and_files(database: Database) -> None:
    counted = replace(partial(ended(database, "one")), cost=Decimal("0.36"))
    lost = unread(ended(database, "two"), ResultsState.LOST, "HTTP 404")
    other = partial(ended(database, "one", "other"), "other")
    put(database, counted, lost, other)
    ended(database, "three")
    wanted = [("default", "one"), ("default", "two"), ("default", "three"), ("other", "one")]
    with database.read() as connection:
        found = results_in_brief(connection, wanted)
        assert results_in_brief(connection, []) == {}
    assert found == {
        (each.account, each.job_id): replace(each, causes=(), files=())
        for each in (counted, lost, other)
    }
