"""The progress of jobs over time, written and read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord, ProgressSample
from batchbell.store import accounts, jobs, samples
from batchbell.store.samples import latest_samples, latest_samples_of
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from batchbell.store.database import Database


def test_several_jobs_are_read_at_once_as_each_alone(database: Database) -> None:
    running = [record_of(f"job-{number:03}") for number in range(5)]
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        jobs.save(connection, "default", running)
        for number, record in enumerate(running):
            several = [
                ProgressSample(job_id=record.job.id, at=START + n * MINUTE, progress=0.1)
                for n in range(number * 100)
            ]
            samples.save(connection, "default", several)
        ids = [record.job.id for record in running]
        together = latest_samples_of(connection, "default", [*ids, "unknown"])
        alone = {each: latest_samples(connection, "default", each) for each in ids}
    assert together == {each: found for each, found in alone.items() if found}
    assert 100 < len(alone["job-004"]) < 140


def test_of_two_samples_at_one_time_the_first_stays(database: Database) -> None:
    """A clock that stands still between two polls."""
    several = [ProgressSample(job_id="job-1", at=START, progress=each) for each in (0.1, 0.2)]
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        jobs.save(connection, "default", [record_of("job-1")])
        samples.save(connection, "default", several)
        assert latest_samples(connection, "default", "job-1") == [(START, 0.1)]


def record_of(job_id: str, status: str = "IN_PROGRESS") -> JobRecord:
    return JobRecord(
        job=BatchJob(id=job_id, status=status, progress=0.5),
        first_seen_at=START,
        last_seen_at=START,
        status_since=START,
        progress_since=START,
    )
