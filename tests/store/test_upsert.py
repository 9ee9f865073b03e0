"""Rows written by the column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import event

from batchbell.core.job import BatchJob
from batchbell.core.snapshot import RecordsAlike
from batchbell.store import accounts, jobs
from tests.store.test_samples import record_of

if TYPE_CHECKING:
    from batchbell.store.database import Database


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
