"""Which progress is worth a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord, Snapshot
from batchbell.store import accounts, jobs
from batchbell.store.samples import ONE_BY_ONE, Samples, latest_samples
from batchbell.store.tables import progress_samples
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from batchbell.store.sqlite.database import Database


@pytest.mark.parametrize(
    ("status", "samples"),
    [("IN_PROGRESS", [(START, 0.5)]), ("PAUSED", [(START, 0.5)]), ("COMPLETED", [])],
)
def test_a_job_first_seen_finished_has_no_course_to_sample(
    database: Database, status: str, samples: list[object]
) -> None:
    record = record_of("job-1", status)
    with database.write() as connection:
        accounts.make_row(connection, "default")
        jobs.save(connection, Snapshot(account="default"), [record])
        assert latest_samples(connection, "default", "job-1") == samples


def test_many_jobs_are_read_at_once_and_as_one_by_one(database: Database) -> None:
    running = [record_of(f"job-{number:03}") for number in range(ONE_BY_ONE + 5)]
    with database.write() as connection:
        accounts.make_row(connection, "default")
        jobs.save(connection, Snapshot(account="default"), running)
        key = {"account": "default", "job": running[-1].job.id}
        rows = [{**key, "at": START + n * MINUTE, "progress": 0.1} for n in range(1, 400)]
        connection.execute(insert(progress_samples), rows)
        samples = Samples(connection)
        for record in running:
            alone = latest_samples(connection, "default", record.job.id)
            assert samples.of("default", record.job.id) == alone
        assert 100 < len(alone) < 140
        assert samples.of("default", "unknown") == []


def record_of(job_id: str, status: str = "IN_PROGRESS") -> JobRecord:
    return JobRecord(
        job=BatchJob(id=job_id, status=status, progress=0.5),
        first_seen_at=START,
        last_seen_at=START,
        status_since=START,
        progress_since=START,
    )
