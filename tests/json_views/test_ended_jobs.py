"""Jobs made into texts by the column are what they are made into one by one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from batchbell.core.file_names import KnownFile
from batchbell.core.job import BatchJob
from batchbell.core.mute import Mute
from batchbell.core.results.job_results import ResultsState
from batchbell.core.snapshot import JobRecord
from batchbell.json_views.health import status_json, status_pieces
from batchbell.json_views.writing import document
from batchbell.store import accounts, files, jobs, mutes
from batchbell.store.tables import batch_jobs
from batchbell.store.views.every_job import every_job
from batchbell.store.views.status import look, without_jobs
from tests.came_back import partial, put, unread
from tests.fakes import MINUTE, START
from tests.strategies import TIMES
from tests.strategies import jobs as any_jobs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.store.database import Database

RECORDS = st.builds(
    JobRecord,
    job=any_jobs(),
    first_seen_at=TIMES,
    last_seen_at=TIMES,
    status_since=TIMES,
    progress_since=TIMES,
    missing_since=st.none() | TIMES,
    missed_polls=st.integers(0, 2),
    at_risk=st.booleans(),
)


def partial_job(job_id: str) -> BatchJob:
    return BatchJob(
        id=job_id,
        status="COMPLETED",
        input_file_id="file-in",
        output_file_id="file-out",
        error_file_id="file-err",
    )


def stored(database: Database, records: Iterable[JobRecord]) -> None:
    with database.write() as transaction:
        transaction.execute(delete(batch_jobs))
        accounts.save(transaction, accounts.load(transaction, "default"))
        jobs.save(transaction, "default", list(records))


def assert_alike(database: Database) -> str:
    with database.read() as transaction:
        seen = look(transaction, START, everything=True, daemon_runs=True)
        others = without_jobs(transaction, START, daemon_runs=True)
        text = "".join(status_pieces(others, every_job(transaction, START)))
    assert text == document(status_json(seen))
    return text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(RECORDS, unique_by=lambda record: record.job.id))
def test_whatever_jobs_hold_they_are_written_alike(
    database: Database, records: list[JobRecord]
) -> None:
    stored(database, records)
    assert_alike(database)


def test_what_is_known_besides_is_written_alike(database: Database) -> None:
    one = JobRecord(
        job=partial_job("one"),
        first_seen_at=START,
        last_seen_at=START,
        status_since=START,
        progress_since=START,
    )
    lost, bare = replace(one, job=partial_job("lost")), replace(one, job=partial_job("bare"))
    stored(database, [one, lost, bare])
    counted = replace(partial(one.job), cost=Decimal("0.36"))
    put(database, counted, unread(lost.job, ResultsState.LOST, "HTTP 404"))
    name = KnownFile(id="file-in", filename="grün.jsonl", tries=1, looked_up_at=START)
    until = START + 60 * MINUTE
    with database.write() as transaction:
        files.save(transaction, "default", [name])
        mutes.save(transaction, Mute(job_id="bare", muted_at=START, until=until))
    text = assert_alike(database)
    for part in ('"severity": "failure"', '"amount": "0.36"', "gr\\u00fcn.jsonl", "muted_until"):
        assert part in text
