"""Jobs by account and id, found without a look at all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.core.routing import Route
from batchbell.store import acks, events, results, schema
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.store.views.jobs import those
from tests.fakes import START

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from batchbell.store.database import Transaction

KEYS = [("one", "job-1"), ("one", "job-2"), ("two", "job-1")]
NEWS = [
    Event(
        kind=EventKind.FAILED,
        account=account,
        job_id=job_id,
        qualifier="end:FAILED",
        happened_at=START,
        seen_at=START,
        job=BatchJob(id=job_id, status="FAILED"),
    )
    for account, job_id in KEYS
]
QUESTIONS: dict[str, Callable[[Transaction], object]] = {
    "jobs": lambda transaction: those(transaction, KEYS),
    "events": lambda transaction: events.known_keys(transaction, NEWS),
    "results": lambda transaction: results.collections(transaction, KEYS),
    "acknowledgements": lambda transaction: acks.forget(transaction, KEYS),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_index_has_them(name: str, tmp_path: Path) -> None:
    database = SqliteDatabase(f"sqlite:///{tmp_path}/bell.db")
    schema.upgrade(database)
    asked: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        asked.append((given[2], given[3]))

    with database.write() as transaction:
        event.listen(transaction.engine, "before_cursor_execute", note)
        QUESTIONS[name](transaction)
        event.remove(transaction.engine, "before_cursor_execute", note)
        (statement, parameters), *others = asked
        plan = transaction.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [row[3] for row in plan]
    database.close()
    assert not others
    assert any(step.startswith("SEARCH") for step in steps)
    assert not any(step.startswith("SCAN") for step in steps), steps


def test_of_more_accounts_than_a_statement_takes_each_is_found(tmp_path: Path) -> None:
    database = SqliteDatabase(f"sqlite:///{tmp_path}/bell.db")
    schema.upgrade(database)
    news = [
        Event(
            kind=EventKind.FAILED,
            account=f"account-{number}",
            job_id="job-1",
            qualifier="end:FAILED",
            happened_at=START,
            seen_at=START,
            job=BatchJob(id="job-1", status="FAILED"),
        )
        for number in range(1_200)
    ]
    with database.write() as transaction:
        events.record(transaction, [Route(event=each) for each in news])
        assert len(events.known_keys(transaction, news)) == len(news)
    database.close()


def test_of_no_job_there_is_none(tmp_path: Path) -> None:
    database = SqliteDatabase(f"sqlite:///{tmp_path}/bell.db")
    schema.upgrade(database)
    with database.read() as transaction:
        assert those(transaction, []) == []
        assert results.collections(transaction, []) == []
    database.close()
