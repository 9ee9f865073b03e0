"""What a server does to a daemon, each for real: a sentence, and whether it is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from batchbell.core.mute import Mute
from batchbell.errors import DatabaseError, PassingDatabaseError
from batchbell.store import mutes
from batchbell.store.postgres.database import PostgresDatabase
from tests.pooler import running_pooler
from tests.postgres_server import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres_server import PostgresServer

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def place(postgres: PostgresServer) -> Iterator[str]:
    with postgres.dropped_afterwards() as names:
        names.append(postgres.new())
        yield names[0]


@pytest.fixture
def database(postgres: PostgresServer, place: str) -> Iterator[PostgresDatabase]:
    database = PostgresDatabase(postgres.url(place))
    yield database
    database.close()


def write(database: PostgresDatabase, statement: str = "SELECT 1") -> None:
    with database.write() as connection:
        mutes.save(
            connection,
            Mute(account="*", model="*", job_id="j", muted_at=NOW, until=NOW + timedelta(hours=1)),
        )
        connection.execute(text(statement))


def raises(postgres: PostgresServer, place: str, state: str) -> None:
    """Let every write of a mute fail with this SQLSTATE, as the server would."""
    postgres.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'the server says so' USING ERRCODE = '{state}'; END $$",
        place,
    )
    postgres.execute(
        "CREATE TRIGGER fail BEFORE INSERT ON mutes FOR EACH ROW EXECUTE FUNCTION fail()", place
    )


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("40001", "another transaction's way"),
        ("40P01", "another transaction's way"),
        ("53100", "free some space at the server"),
        ("53200", "short of memory"),
        ("57014", "statement_timeout"),
        ("57P01", "shutting down or starting"),
        ("58030", "disk fails"),
        ("08006", "the connection was lost"),
    ],
)
def test_what_passes_is_tried_again_and_nothing_of_it_is_stored(
    postgres: PostgresServer, place: str, database: PostgresDatabase, state: str, said: str
) -> None:
    raises(postgres, place, state)
    with pytest.raises(PassingDatabaseError, match=said):
        write(database)
    postgres.execute("DROP TRIGGER fail ON mutes", place)
    with database.read() as connection:
        assert mutes.load(connection, NOW) == []
    write(database)


def test_what_does_not_pass_is_no_such_error(
    postgres: PostgresServer, place: str, database: PostgresDatabase
) -> None:
    raises(postgres, place, "42501")
    with pytest.raises(DatabaseError, match="own its tables") as refused:
        write(database)
    assert not isinstance(refused.value, PassingDatabaseError)


def test_a_statement_that_takes_longer_than_the_server_allows(
    postgres: PostgresServer, place: str, database: PostgresDatabase
) -> None:
    postgres.execute(f"ALTER DATABASE {place} SET statement_timeout = '50ms'")
    with pytest.raises(PassingDatabaseError, match="statement_timeout: raise that"):
        write(database, "SELECT pg_sleep(60)")
    write(database)


def test_a_transaction_that_stands_still_is_ended_by_the_server(
    database: PostgresDatabase,
) -> None:
    def stand_still() -> None:
        with database.write() as connection:
            connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '10ms'"))
            with database.read() as other:
                other.execute(text("SELECT pg_sleep(1)"))
            connection.execute(text("SELECT 1"))

    # What is sent while it closes takes its last words away.
    with pytest.raises(PassingDatabaseError, match=r"stood still|closed the connection"):
        stand_still()
    write(database)


def test_a_server_without_a_free_connection(postgres: PostgresServer, place: str) -> None:
    postgres.execute("CREATE ROLE few LOGIN CONNECTION LIMIT 0")
    database = PostgresDatabase(postgres.url(place).replace("//postgres:", "//few:"))
    with pytest.raises(PassingDatabaseError, match="takes no more connections"):
        write(database)
    database.close()
    postgres.execute("DROP ROLE few")


def test_a_server_that_takes_no_writes_is_waited_for(postgres: PostgresServer, place: str) -> None:
    postgres.execute(f"ALTER DATABASE {place} SET default_transaction_read_only = on")
    database = PostgresDatabase(postgres.url(place))
    with pytest.raises(PassingDatabaseError, match="let database_url name the primary"):
        write(database)
    postgres.execute(f"ALTER DATABASE {place} RESET default_transaction_read_only")
    write(database)
    database.close()


@pytest.mark.parametrize("has_transactions", [True, False])
def test_a_pooler_that_changes_sessions_is_refused_at_the_start(
    postgres: PostgresServer, place: str, tmp_path: Path, *, has_transactions: bool
) -> None:
    socket = tmp_path / ".s.PGSQL.5432"
    with running_pooler(postgres.socket, socket, has_transactions=has_transactions):
        url = f"postgresql://postgres:{PASSWORD}@/{place}?host={tmp_path}"
        database = PostgresDatabase(url)
        with pytest.raises(DatabaseError, match="set pool_mode = session for") as refused:
            database.upgrade(NOW)
        database.close()
    assert not isinstance(refused.value, PassingDatabaseError)
