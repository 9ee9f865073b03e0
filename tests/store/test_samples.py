"""Which progress is worth a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchbell.core.batch_job import BatchJob
from batchbell.core.snapshot import JobRecord, Snapshot
from batchbell.store import accounts, jobs
from tests.fakes import START

if TYPE_CHECKING:
    from batchbell.store.database import Database


@pytest.mark.parametrize(
    ("status", "samples"),
    [("IN_PROGRESS", [(START, 0.5)]), ("PAUSED", [(START, 0.5)]), ("COMPLETED", [])],
)
def test_a_job_first_seen_finished_has_no_course_to_sample(
    database: Database, status: str, samples: list[object]
) -> None:
    record = JobRecord(
        job=BatchJob(id="job-1", status=status, progress=0.5),
        first_seen_at=START,
        last_seen_at=START,
        status_since=START,
        progress_since=START,
    )
    with database.write() as connection:
        accounts.make_row(connection, "default")
        jobs.save(connection, Snapshot(account="default"), [record])
        assert jobs.latest_samples(connection, "default", "job-1") == samples
