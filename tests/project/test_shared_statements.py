"""What a statement compiles to is kept for the next test's database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from batchbell.store.tables import batch_jobs
from tests.rehearsal import rehearse
from tests.shared_statements import SharedStatements

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.store.database import Database


def test_another_database_finds_a_statement_compiled(new_database: Callable[[], Database]) -> None:
    statement = select(batch_jobs.c.id.label("of_this_test_alone"))
    hits = []

    def look(*arguments: Any) -> None:
        hits.append(arguments[4].cache_hit.name)

    for database in (new_database(), new_database()):
        with database.read() as connection:
            event.listen(connection, "before_cursor_execute", look)
            assert connection.execute(statement).all() == []

    assert hits == ["CACHE_MISS", "CACHE_HIT"]


async def test_who_lives_as_was_rehearsed_has_nothing_to_compile(
    new_database: Callable[[], Database],
) -> None:
    asked, missed = [], []

    def look(*arguments: Any) -> None:
        asked.append(arguments[2])
        if arguments[4].cache_hit.name == "CACHE_MISS":
            missed.append(arguments[2])

    await rehearse(new_database())
    event.listen(Engine, "before_cursor_execute", look)
    try:
        await rehearse(new_database())
    finally:
        event.remove(Engine, "before_cursor_execute", look)

    assert len(asked) > 100
    assert missed == []


def test_another_kind_of_database_or_another_statement_does_not() -> None:
    shared = SharedStatements()
    compiled = select(batch_jobs.c.id).compile()
    shared[SQLiteDialect_pysqlite(), "a key"] = compiled

    assert shared.get((SQLiteDialect_pysqlite(), "a key")) is compiled
    assert shared.get((SQLiteDialect_pysqlite(), "another key")) is None
    assert shared.get((PGDialect_psycopg(), "a key")) is None  # type: ignore[no-untyped-call] # its own
