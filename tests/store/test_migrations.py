from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from batchbell.core.delivery.pacing import Pacing
from batchbell.core.delivery.quiet_hours import parse_window
from batchbell.core.delivery.turn import CLAIM
from batchbell.core.event import Severity
from batchbell.errors import DatabaseError
from batchbell.receivers.content import Content, Family
from batchbell.store import channels, queue, schema
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.store.tables import metadata
from batchbell.store.views import deliveries
from tests.claims import claim_next

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

#: On a server they are held against the declared tables in `postgres/`.
pytestmark = pytest.mark.sqlite


@pytest.fixture
def database(tmp_path: Path) -> SqliteDatabase:
    return SqliteDatabase(f"sqlite:///{tmp_path}/state/batchbell.db")


@pytest.mark.filterwarnings(
    "ignore:autogenerate skipping metadata-specified expression-based index:UserWarning"
)
def test_the_migrated_schema_is_the_declared_one(database: SqliteDatabase) -> None:
    schema.upgrade(database)
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_head_the_code_expects() -> None:
    newest = max(path.name for path in (schema.migrations_folder() / "versions").glob("*.py"))
    assert newest.startswith(schema.HEAD + "_")


def test_a_second_upgrade_does_nothing(database: SqliteDatabase) -> None:
    assert schema.upgrade(database) is True
    assert schema.upgrade(database) is False


def test_the_newest_migration_can_be_taken_back(database: SqliteDatabase) -> None:
    def declared(connection: Connection) -> set[str]:
        found = connection.exec_driver_sql("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL")
        return set(found.scalars())

    before = f"{int(schema.HEAD) - 1:04}"
    with database.write() as connection:
        schema.run_migrations(connection, before)
        known = declared(connection)
        schema.run_migrations(connection, schema.HEAD)
        assert declared(connection) != known
        config = Config()
        config.set_main_option("script_location", str(schema.migrations_folder()))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.downgrade(config, before)
        assert declared(connection) == known
        assert schema.current_revision(connection) == before


def test_a_failed_migration_leaves_nothing_behind(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
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


def test_a_newer_schema_is_refused(database: SqliteDatabase) -> None:
    schema.upgrade(database)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match="install the newer batchbell"):
        schema.upgrade(database)


def test_the_database_file_is_for_its_owner_alone(database: SqliteDatabase) -> None:
    schema.upgrade(database)
    for path in database.path.parent.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_an_older_replica_can_live_with_each_migration_since_there_are_several(
    database: SqliteDatabase,
) -> None:
    """It goes on beside the newer one that migrates; so a migration only adds."""
    names = sorted(path.name for path in (schema.migrations_folder() / "versions").glob("*.py"))
    since = [name[:4] for name in names if name[:4] >= BEFORE_REPLICAS]
    assert len(since) > 1
    for before, after in pairwise(since):
        assert changed_by(database, before, after) == []


def test_what_an_older_replica_could_not_live_with_is_found(database: SqliteDatabase) -> None:
    with database.write() as connection:
        schema.run_migrations(connection, BEFORE_REPLICAS)
        known = shape(connection)
        connection.exec_driver_sql("ALTER TABLE accounts ADD COLUMN harmless TEXT")
        connection.exec_driver_sql("ALTER TABLE accounts ADD COLUMN zero INT NOT NULL DEFAULT 0")
        assert harm(known, shape(connection)) == []
        connection.exec_driver_sql("ALTER TABLE events RENAME COLUMN job TO batch")
        connection.exec_driver_sql("ALTER TABLE mutes RENAME TO silences")
        connection.exec_driver_sql("CREATE UNIQUE INDEX one ON batch_jobs (id)")
        connection.exec_driver_sql("CREATE TABLE needed (name TEXT)")
        connection.exec_driver_sql("DROP TABLE files")
        connection.exec_driver_sql("CREATE TABLE files (account TEXT NOT NULL, must TEXT NOT NULL)")
        found = harm(known, shape(connection))
    assert "events.job" in found
    assert "mutes" in found
    assert "batch_jobs must be unique in ('id',)" in found
    assert "files.must" in found


def test_another_program_s_database_is_left_alone(database: SqliteDatabase) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE customers (name TEXT)")
    with pytest.raises(DatabaseError, match="another program's tables"):
        schema.upgrade(database)
    with database.read() as connection:
        assert schema.current_revision(connection) is None


def test_what_an_earlier_version_wrote_is_kept_and_sent(tmp_path: Path) -> None:
    database = SqliteDatabase(f"sqlite:///{tmp_path}/bell.db")
    with database.write() as connection:
        schema.run_migrations(connection, "0001")
        for statement in EARLIER_ROWS:
            connection.exec_driver_sql(statement)
    assert schema.upgrade(database) is True

    with database.write() as connection:
        now = datetime(2026, 11, 23, tzinfo=UTC)
        waiting = claim_next(connection, "team", now, NIGHT)
        assert waiting is not None
        assert (waiting.attempts, waiting.unclear, waiting.set_aside) == (1, 0, False)
        claimed = queue.claim(connection, waiting.notification_id, now=now, claim_for=CLAIM)
        assert claimed is not None
        assert claimed.content is not None
        content = Content.from_json(claimed.content)
        assert (content.family, content.title) == (Family.MAIL, "FAILED: x")
        health = channels.load(connection, "team")
        assert (health.last_error, health.disabled_at) == ("busy", None)
        (attempt,) = deliveries.attempts_of(connection, [1])[1]
        assert (attempt.reason, attempt.output) == ("HTTP 503", "")


#: Quiet all day: what was queued before there were quiet hours is held by none.
NIGHT = Pacing(quiet=(parse_window("mon-sun"),), quiet_except=Severity.FAILURE)
CONTENT = '{"title": "FAILED: x", "text": "t", "html": "<p>t</p>", "severity": "failure"}'
NOTIFICATION = "id, channel, key, state, attempts, created_at, next_attempt_at, content, reason"
ATTEMPT = "id, notification_id, started_at, duration_seconds, delivered, reason"
WAITING = f"1, 'team', 'k', 'pending', 1, 1, 1, '{CONTENT}', 'HTTP 503'"
EARLIER_ROWS = (
    "INSERT INTO channels (name, last_error, told, configured) VALUES ('team', 'busy', 0, 1)",
    f"INSERT INTO notifications ({NOTIFICATION}, reminder) VALUES ({WAITING}, 0)",
    f"INSERT INTO attempts ({ATTEMPT}) VALUES (1, 1, 1, 0.5, 0, 'HTTP 503')",
)


#: The newest schema of which a server's database has one daemon alone.
BEFORE_REPLICAS = "0006"


@dataclass(frozen=True)
class Shape:
    """What a program that knows a table relies on."""

    #: By name: the type, and whether an INSERT may leave it out.
    columns: dict[str, tuple[str, bool]]
    unique: set[tuple[str | None, ...]]
    checks: set[str]


def shape(connection: Connection) -> dict[str, Shape]:
    inspector = inspect(connection)
    return {
        table: Shape(
            {
                column["name"]: (
                    str(column["type"]),
                    bool(column["nullable"]) or column["default"] is not None,
                )
                for column in inspector.get_columns(table)
            },
            {
                *(tuple(each["column_names"]) for each in inspector.get_unique_constraints(table)),
                *(
                    tuple(each["column_names"])
                    for each in inspector.get_indexes(table)
                    if each["unique"]
                ),
            },
            {each["sqltext"] for each in inspector.get_check_constraints(table)},
        )
        for table in inspector.get_table_names()
    }


def harm(before: dict[str, Shape], after: dict[str, Shape]) -> list[str]:
    """Return what a program that knows the tables as they were could not live with."""
    found = []
    for name, old in before.items():
        new = after.get(name)
        if new is None:
            found.append(name)
            continue
        found += [
            f"{name}.{column}"
            for column, known in old.columns.items()
            if new.columns.get(column) != known
        ]
        found += [
            f"{name}.{column}"
            for column, (_, may_lack) in new.columns.items()
            if column not in old.columns and not may_lack
        ]
        found += [f"{name} must be unique in {each}" for each in new.unique - old.unique]
        found += [f"{name} must be {each}" for each in new.checks - old.checks]
    return found


def changed_by(database: SqliteDatabase, before: str, after: str) -> list[str]:
    with database.write() as connection:
        schema.run_migrations(connection, before)
        known = shape(connection)
        schema.run_migrations(connection, after)
        return harm(known, shape(connection))
