from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from batchbell.core.delivery.pacing import Pacing
from batchbell.core.delivery.quiet_hours import parse_window
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

#: On a server they are held against the declared tables in `postgres/`.
pytestmark = pytest.mark.sqlite


@pytest.fixture
def database(tmp_path: Path) -> SqliteDatabase:
    return SqliteDatabase(f"sqlite:///{tmp_path}/state/batchbell.db")


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
        claimed = queue.claim(connection, waiting.notification_id, until=now)
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
