"""A database moves to the other engine, and back, with every row."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.core.routing import Route
from batchbell.errors import AlreadyRunningError, DatabaseError, UsageError
from batchbell.store import copying, events
from batchbell.store.copying import copy_all
from batchbell.store.postgres.database import PostgresDatabase
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.store.tables import batch_jobs, metadata
from tests.fakes import START

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.store.database import Database
    from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.sqlite

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
RELEASED = Path(__file__).parents[1] / "data/released"


@pytest.fixture(params=["0005.sql", "events.sql"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteDatabase]:
    with closing(sqlite3.connect(tmp_path / "old.db")) as old:
        old.executescript((RELEASED / request.param).read_text())
    with closing(SqliteDatabase(f"sqlite:///{tmp_path / 'old.db'}")) as database:
        database.upgrade(NOW)
        yield database


@pytest.fixture
def server(postgres: PostgresServer) -> Iterator[PostgresDatabase]:
    with postgres.dropped_afterwards() as names:
        names.append(postgres.new(migrated=False))
        with closing(PostgresDatabase(postgres.url(names[0]))) as database:
            yield database


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.read() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in metadata.sorted_tables
        }


def test_there_and_back_every_row_is_as_it_was(
    source: SqliteDatabase,
    server: PostgresDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(copying, "AT_ONCE", 7)
    seen: dict[str, int] = {}
    there = copy_all(source, server, NOW, observe=seen.__setitem__)
    before = everything(source)
    assert everything(server) == before
    assert {each.name: each.rows for each in there} == {
        name: len(rows) for name, rows in before.items()
    }
    assert seen == {name: len(rows) for name, rows in before.items() if rows}
    with closing(SqliteDatabase(f"sqlite:///{tmp_path / 'back.db'}")) as back:
        assert copy_all(server, back, NOW) == there
        assert everything(back) == before


def test_numbers_go_on_after_the_last_one(source: SqliteDatabase, server: PostgresDatabase) -> None:
    copy_all(source, server, NOW)
    last = max(row[0] for row in everything(server)["events"])
    with server.write() as connection:
        ids = events.record(connection, [Route(event=sample(EventKind.FAILED, START), not_told={})])
    assert list(ids.values()) == [last + 1]


def test_a_target_with_data_is_refused_and_left_as_it_is(
    source: SqliteDatabase, server: PostgresDatabase
) -> None:
    copy_all(source, server, NOW)
    before = everything(server)
    with pytest.raises(UsageError, match="holds data already"):
        copy_all(source, server, NOW)
    assert everything(server) == before


def test_what_arrives_otherwise_is_not_copied_at_all(
    source: SqliteDatabase, server: PostgresDatabase, postgres: PostgresServer
) -> None:
    server.upgrade(NOW)
    name = server.engine.url.database or ""
    postgres.execute(
        "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.status = 'OTHER'; RETURN NEW; END $$",
        name,
    )
    postgres.execute(
        "CREATE TRIGGER other BEFORE INSERT ON batch_jobs FOR EACH ROW EXECUTE FUNCTION other()",
        name,
    )
    with pytest.raises(DatabaseError, match="batch_jobs did not arrive as it was"):
        copy_all(source, server, NOW)
    assert not any(everything(server).values())


def test_a_nul_becomes_what_the_server_can_keep(
    source: SqliteDatabase, server: PostgresDatabase
) -> None:
    with source.write() as connection:
        connection.execute(update(batch_jobs).values(error="a\x00b"))
    copy_all(source, server, NOW)
    with server.read() as connection:
        errors = set(connection.execute(select(batch_jobs.c.error)).scalars())
    assert errors == {"a\ufffdb"}


def test_neither_may_have_a_daemon(source: SqliteDatabase, server: PostgresDatabase) -> None:
    for database in (source, server):
        with database.only_daemon(), pytest.raises(AlreadyRunningError):
            copy_all(source, server, NOW)


def test_an_older_schema_has_to_be_upgraded_first(tmp_path: Path, server: PostgresDatabase) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as old:
        old.executescript((RELEASED / "0003.sql").read_text())
    with (
        closing(SqliteDatabase(f"sqlite:///{tmp_path / 'old.db'}")) as database,
        pytest.raises(DatabaseError, match="db upgrade"),
    ):
        copy_all(database, server, NOW)
