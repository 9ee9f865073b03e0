"""What a provider's own word means is kept with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.routing import Route
from batchbell.core.snapshot import JobRecord
from batchbell.store import accounts, events, jobs
from tests.fakes import START

if TYPE_CHECKING:
    from batchbell.store.database import Database

JOB = BatchJob(id="job-1", status="done", meaning=JobState.COMPLETED)


def test_a_job_of_the_snapshot_comes_back_with_its_meaning(database: Database) -> None:
    record = JobRecord(
        job=JOB, first_seen_at=START, last_seen_at=START, status_since=START, progress_since=START
    )
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        jobs.save(connection, "default", [record])
        (found,) = jobs.listed(connection)
    assert found.record.job == JOB
    assert found.record.job.state is JobState.COMPLETED


def test_an_event_s_job_comes_back_with_its_meaning(database: Database) -> None:
    event = Event(
        kind=EventKind.COMPLETED,
        account="default",
        job_id="job-1",
        happened_at=START,
        seen_at=START,
        job=JOB,
    )
    with database.write() as connection:
        events.record(connection, [Route(event=event)])
        (stored,) = events.log(connection)
    assert stored.event.job == JOB
    assert stored.event.job is not None
    assert stored.event.job.state is JobState.COMPLETED
