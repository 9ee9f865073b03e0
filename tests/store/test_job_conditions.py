"""What SQL says of jobs is what `core` says of the same rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from batchbell.core.ended import ended_at
from batchbell.core.event import Severity
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.snapshot import VANISHED_MARK, JobRecord
from batchbell.core.standing.jobs import end_severity, job_standing
from batchbell.core.standing.reasons import Reason
from batchbell.store import accounts, job_conditions, jobs
from batchbell.store.tables import ENDED_AT, ENDED_BADLY, batch_jobs
from tests.fakes import START
from tests.strategies import jobs as any_jobs

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.store.database import Database

#: Times around `START`, so that they meet.
MOMENTS = st.integers(-4, 4).map(lambda halves: START + halves * timedelta(minutes=30))
MAYBE = st.none() | MOMENTS
JOBS = st.builds(
    lambda job, meaning, progress, created, completed, deadline: replace(
        job,
        progress=progress,
        meaning=meaning,
        created_at=created,
        completed_at=completed,
        job_deadline=deadline,
    ),
    any_jobs(),
    st.none() | st.sampled_from(JobState),
    st.sampled_from([None, 0.0, 0.5]),
    MAYBE,
    MAYBE,
    MAYBE,
)
RECORDS = st.builds(
    JobRecord,
    job=JOBS,
    first_seen_at=MOMENTS,
    last_seen_at=MOMENTS,
    status_since=MOMENTS,
    progress_since=MOMENTS,
    stalled_since=MAYBE,
    missed_polls=st.integers(0, 1),
    announced=st.frozensets(
        st.sampled_from([VANISHED_MARK, "end:FAILED", "IN_PROGRESS", "the end: of it"])
    ),
    at_risk=st.booleans(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(RECORDS, unique_by=lambda record: record.job.id), now=MOMENTS)
def test_sql_judges_jobs_as_the_core_does(
    database: Database, records: list[JobRecord], now: datetime
) -> None:
    query = select(
        batch_jobs.c.id,
        job_conditions.FINISHED.label("finished"),
        job_conditions.RUNNING.label("running"),
        job_conditions.STATE.label("state"),
        ENDED_AT.label("ended_at"),
        ENDED_BADLY.label("ended_badly"),
        job_conditions.at_risk(now).label("at_risk"),
        job_conditions.SEVERITY.label("severity"),
    )
    with database.write() as connection:
        connection.execute(delete(batch_jobs))
        accounts.save(connection, accounts.load(connection, "default"))
        jobs.save(connection, "default", records)
        found = {row.id: row for row in connection.execute(query, job_conditions.at(now))}
    assert found.keys() == {record.job.id for record in records}
    for record in records:
        row, standing = found[record.job.id], job_standing(record, now)
        finished = record.job.finished
        assert (bool(row.finished), bool(row.running)) == (finished, not finished)
        assert record.job.state in (row.state, JobState.UNKNOWN)
        assert bool(row.ended_badly) == ended_badly(record.job)
        assert bool(row.at_risk) == standing.has(Reason.AT_RISK)
        if finished:
            assert row.ended_at == ended_at(record)
        else:
            assert row.severity == standing.severity


def test_sql_knows_what_has_not_begun_by_half_of_its_time(database: Database) -> None:
    hour = timedelta(hours=1)
    job = BatchJob(id="a", status="IN_PROGRESS", progress=0.0, created_at=START - 12 * hour)
    record = JobRecord(
        job=job, first_seen_at=START, last_seen_at=START, status_since=START, progress_since=START
    )
    dues = {"late": 12 * hour, "early": 12.1 * hour}
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        named = [
            replace(record, job=replace(job, id=name, job_deadline=START + due))
            for name, due in dues.items()
        ]
        jobs.save(connection, "default", named)
        query = select(batch_jobs.c.id, job_conditions.SEVERITY.label("severity"))
        found = {
            row.id: row.severity for row in connection.execute(query, job_conditions.at(START))
        }
    assert found == {"late": Severity.WARNING, "early": Severity.INFO}


def ended_badly(job: BatchJob) -> bool:
    """Whether a job has failed by its end alone, whichever files it left."""
    files = (None, "file-any")
    return job.finished and all(
        end_severity(replace(job, output_file_id=output, error_file_id=errors), None)
        is Severity.FAILURE
        for output in files
        for errors in files
    )
