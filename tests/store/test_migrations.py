from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from batchbell.errors import DatabaseError
from batchbell.store import schema
from batchbell.store.database import Database
from batchbell.store.tables import metadata

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/state/batchbell.db")


def test_the_migrated_schema_is_the_declared_one(database: Database) -> None:
    schema.upgrade(database)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_head_the_code_expects() -> None:
    newest = max(path.name for path in (schema.migrations_folder() / "versions").glob("*.py"))
    assert newest.startswith(schema.HEAD + "_")


def test_a_second_upgrade_does_nothing(database: Database) -> None:
    assert schema.upgrade(database) is True
    assert schema.upgrade(database) is False


def test_a_failed_migration_leaves_nothing_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(*_: object) -> None:
        msg = "broken off"
        raise RuntimeError(msg)

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.create_index", break_off)
        with pytest.raises(RuntimeError, match="broken off"):
            schema.upgrade(database)
    with database.read() as connection:
        assert schema.current_revision(connection) is None
    assert schema.upgrade(database) is True


def test_a_newer_schema_is_refused(database: Database) -> None:
    schema.upgrade(database)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match="install the newer batchbell"):
        schema.upgrade(database)


def test_the_database_file_is_for_its_owner_alone(database: Database) -> None:
    schema.upgrade(database)
    for path in database.path.parent.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_another_program_s_database_is_left_alone(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE customers (name TEXT)")
    with pytest.raises(DatabaseError, match="another program's tables"):
        schema.upgrade(database)
    with database.read() as connection:
        assert schema.current_revision(connection) is None
