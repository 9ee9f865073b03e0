"""Rows written by the column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, event

from batchbell.core.job import BatchJob
from batchbell.core.job_columns import JobColumns
from batchbell.core.snapshot import RecordsAlike
from batchbell.store import accounts, jobs
from batchbell.store.tables import batch_jobs
from tests.store.test_samples import record_of

if TYPE_CHECKING:
    from batchbell.store.database import Database

HOUR = timedelta(hours=1)


def test_a_written_row_is_not_asked_back(database: Database) -> None:
    """SQLite keeps what it is to answer once more, and notes on the disk how to undo each row."""
    asked: list[str] = []
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        event.listen(connection, "before_cursor_execute", lambda *said: asked.append(said[2]))
        ended = tuple(BatchJob(id=f"job-{number}", status="COMPLETED") for number in range(3))
        alike = RecordsAlike(record=record_of("job-0", "COMPLETED"), jobs=ended)
        jobs.save(connection, "default", [record_of("a-running-one")], [alike])
    assert [statement.split()[:3] for statement in asked] == [["INSERT", "INTO", "batch_jobs"]] * 2
    assert not any("RETURNING" in statement for statement in asked)


def test_jobs_by_the_column_are_written_like_jobs_one_by_one(database: Database) -> None:
    day = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    ended = [
        BatchJob(id=f"job-{at}", status="FAILED", created_at=day, completed_at=day + at * HOUR)
        for at in range(3)
    ]
    columns = JobColumns(
        {
            "id": [job.id for job in ended],
            "status": "FAILED",
            "created_at": day,
            "completed_at": [job.completed_at for job in ended],
        },
        3,
    )
    written = []
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        for some in (ended, columns):
            alike = RecordsAlike(record=record_of("job-0", "FAILED"), jobs=some)
            jobs.save(connection, "default", [], [alike])
            written.append(jobs.listed(connection))
            connection.execute(delete(batch_jobs))
    assert [item.record.job for item in sorted(written[0], key=lambda item: item.key)] == ended
    assert written[0] == written[1]
