"""Upgrades from every released schema: all rows are kept, and a copy of what was there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, MetaData, select

from batchbell.errors import DatabaseError, UsageError
from batchbell.store import schema
from batchbell.store.database import Upgraded
from batchbell.store.sqlite import upgrade
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.store.tables import metadata

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
REVISIONS = sorted(
    path.name.partition("_")[0] for path in (schema.migrations_folder() / "versions").glob("*.py")
)
#: Databases of released schemas as they were then, whatever becomes of the migrations.
RELEASED = Path(__file__).parents[2] / "data/released"
OLDER = [revision for revision in REVISIONS if revision != schema.HEAD]


def database_at(folder: Path, revision: str) -> SqliteDatabase:
    """Return a database of a released schema with a row in every table."""
    if revision == schema.HEAD:
        return made_by_migrations(folder, revision)
    database = SqliteDatabase(f"sqlite:///{folder / 'bell.db'}")
    database.path.touch(mode=0o600)
    with closing(sqlite3.connect(database.path)) as connection:
        connection.executescript((RELEASED / f"{revision}.sql").read_text(encoding="utf-8"))
    return database


def made_by_migrations(folder: Path, revision: str) -> SqliteDatabase:
    database = SqliteDatabase(f"sqlite:///{folder / 'bell.db'}")
    with database.write() as connection:
        schema.run_migrations(connection, revision)
        found = MetaData()
        found.reflect(connection)
        # Parents first, so that a child finds its parent's key: every number is 1, every text "x".
        for table in found.sorted_tables:
            if table.name != "alembic_version":
                connection.execute(table.insert().values(**_row(table)))
    return database


def _row(table: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in table.columns:
        if isinstance(column.type, JSON):
            values[column.name] = ["x"] if column.name in {"told", "announced"} else {"x": 1}
        elif column.name == "state":
            values[column.name] = "waiting" if table.name == "results" else "pending"
        else:
            kind = column.type.python_type
            values[column.name] = "x" if kind is str else kind(1)
    return values


def rows(database: SqliteDatabase) -> dict[str, list[tuple[Any, ...]]]:
    with database.read() as connection:
        found = MetaData()
        found.reflect(connection)
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in found.sorted_tables
            if table.name != "alembic_version"
        }


@pytest.mark.parametrize("revision", OLDER)
def test_every_row_of_a_released_schema_is_kept(tmp_path: Path, revision: str) -> None:
    database = database_at(tmp_path, revision)
    before = rows(database)
    assert all(len(found) == 1 for found in before.values())
    assert upgrade.upgrade(database, NOW) is not None
    after = rows(database)
    for name, (row,) in before.items():
        (kept,) = after[name]
        assert set(map(str, row)) <= set(map(str, kept)), name
    # What the code declares can read it all.
    with database.read() as connection:
        schema.require_current(connection)
        for table in metadata.sorted_tables:
            connection.execute(select(table)).all()
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


@pytest.mark.parametrize("revision", OLDER)
def test_no_migration_was_changed_after_its_release(tmp_path: Path, revision: str) -> None:
    def declared(database: SqliteDatabase) -> set[str]:
        with database.read() as connection:
            found = connection.exec_driver_sql("SELECT sql FROM sqlite_schema").scalars()
            return {" ".join(str(each).split()) for each in found}

    for name in ("released", "made"):
        (tmp_path / name).mkdir()
    released = database_at(tmp_path / "released", revision)
    assert declared(released) == declared(made_by_migrations(tmp_path / "made", revision))


@pytest.mark.parametrize("revision", OLDER)
def test_a_copy_of_what_was_there_is_made_first(tmp_path: Path, revision: str) -> None:
    database = database_at(tmp_path, revision)
    before = rows(database)
    done = upgrade.upgrade(database, NOW)
    assert done is not None
    assert done.before == revision
    assert done.copy == tmp_path / f"bell.db.schema-{revision}.20261127T120000Z.backup"
    assert done.copy.stat().st_mode & 0o777 == 0o600
    assert rows(SqliteDatabase(f"sqlite:///{done.copy}")) == before


def test_a_new_and_a_current_database_are_not_copied(tmp_path: Path) -> None:
    database = SqliteDatabase(f"sqlite:///{tmp_path / 'bell.db'}")
    done = upgrade.upgrade(database, NOW)
    assert done == Upgraded(before=None, copy=None)
    assert upgrade.upgrade(database, NOW) is None
    assert list(tmp_path.glob("*.backup")) == []


def test_the_youngest_copies_are_kept(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"bell.db.schema-0000.2026110{day}T000000Z.backup").touch()
    (tmp_path / "bell.db.schema-mine").touch()
    done = upgrade.upgrade(database_at(tmp_path, OLDER[0]), NOW)
    assert done is not None
    assert sorted(path.name for path in tmp_path.glob("*.schema-*")) == [
        "bell.db.schema-0000.20261104T000000Z.backup",
        "bell.db.schema-0000.20261105T000000Z.backup",
        done.copy.name if done.copy else "",
        "bell.db.schema-mine",
    ]


@pytest.mark.parametrize("error", [DatabaseError("the disk is full"), UsageError("it exists")])
def test_without_a_copy_nothing_is_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    database = database_at(tmp_path, OLDER[0])

    def failing(*_: object) -> int:
        raise error

    monkeypatch.setattr(upgrade, "back_up", failing)
    with pytest.raises(DatabaseError, match=r"not upgraded, as no copy could be made.*make room"):
        upgrade.upgrade(database, NOW)
    with database.read() as connection:
        assert schema.current_revision(connection) == OLDER[0]


def test_a_newer_database_is_neither_copied_nor_changed(tmp_path: Path) -> None:
    database = database_at(tmp_path, schema.HEAD)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match="this batchbell knows"):
        upgrade.upgrade(database, NOW + timedelta(days=1))
    assert list(tmp_path.glob("*.backup")) == []


def test_a_vacuum_gives_room_back(tmp_path: Path) -> None:
    database = database_at(tmp_path, schema.HEAD)
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE filler (text TEXT)")
        connection.exec_driver_sql("INSERT INTO filler VALUES (zeroblob(5000000))")
    with database.write() as connection:
        connection.exec_driver_sql("DROP TABLE filler")
    database.shorten_log()
    before, kept = database.path.stat().st_size, rows(database)
    database.vacuum()
    assert database.path.stat().st_size < before / 5
    assert rows(database) == kept
    with closing(sqlite3.connect(database.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
