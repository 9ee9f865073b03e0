from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, text

from batchbell.core.event import Severity
from batchbell.core.mute import Mute
from batchbell.errors import (
    AlreadyRunningError,
    DatabaseError,
    LeaseLostError,
    PassingDatabaseError,
)
from batchbell.store import mutes, notifications, replicas, schema
from batchbell.store.database import (
    ABOUT_CLAIMS,
    ABOUT_REPLICAS,
    about_account,
    about_channel,
    about_verdict,
)
from batchbell.store.database_clock import database_time
from batchbell.store.postgres import changes
from batchbell.store.postgres.database import PostgresDatabase
from batchbell.store.tables import files, metadata
from batchbell.usecases.membership import LEASE_SECONDS, Identity, Membership
from tests.postgres_server import PASSWORD
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres_server import PostgresServer

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[PostgresDatabase]:
    name = postgres.new()
    database = PostgresDatabase(postgres.url(name))
    yield database
    database.close()
    postgres.drop(name)


@pytest.fixture
def empty(postgres: PostgresServer) -> Iterator[str]:
    name = postgres.new(migrated=False)
    yield name
    postgres.drop(name)


def _mute(job: str) -> Mute:
    return Mute(
        account="*", model="*", job_id=job, muted_at=NOW, until=NOW + timedelta(microseconds=1)
    )


def test_what_is_written_is_read_and_a_failed_transaction_leaves_nothing(
    database: PostgresDatabase,
) -> None:
    with database.write() as connection:
        mutes.save(connection, _mute("kept"))

    def fail() -> None:
        with database.write() as connection:
            mutes.save(connection, _mute("lost"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as connection:
        assert mutes.load(connection, NOW) == [_mute("kept")]


def test_a_reading_transaction_sees_one_state_and_changes_nothing(
    database: PostgresDatabase,
) -> None:
    with database.read() as connection:
        assert mutes.load(connection, NOW) == []
        with database.write() as other:
            mutes.save(other, _mute("later"))
        assert mutes.load(connection, NOW) == []
    with pytest.raises(DatabaseError, match="takes no writes"), database.read() as connection:
        mutes.save(connection, _mute("never"))


def test_of_many_that_start_together_one_migrates(postgres: PostgresServer, empty: str) -> None:
    together = threading.Barrier(3)

    def start() -> bool:
        database = PostgresDatabase(postgres.url(empty))
        together.wait(TIMEOUT_SECONDS)
        try:
            return database.upgrade(NOW) is not None
        finally:
            database.close()

    with ThreadPoolExecutor(3) as threads:
        done = [each.result(TIMEOUT_SECONDS) for each in [threads.submit(start) for _ in range(3)]]
    assert done.count(True) == 1
    assert postgres.execute("SELECT version_num FROM alembic_version", empty) == [(schema.HEAD,)]


def test_another_programs_tables_are_left_alone(postgres: PostgresServer, empty: str) -> None:
    postgres.execute("CREATE TABLE theirs (id int)", empty)
    database = PostgresDatabase(postgres.url(empty))
    with pytest.raises(DatabaseError, match="another program's tables"):
        database.upgrade(NOW)
    database.close()


def test_every_text_is_sorted_by_its_characters(database: PostgresDatabase) -> None:
    names = ["b", "a", "B", "ä", "_", "Z", "\U0001f514"]
    with database.write() as connection:
        connection.execute(
            text("INSERT INTO accounts (name, failures, last_error, trouble, told, fraction_scale, "
                 "skipped_rows, bad_fields) VALUES ('a', 0, '', '', '[]', false, 0, 0)")
        )  # fmt: skip
        rows = [
            {"account": "a", "id": each, "filename": "", "tries": 0, "looked_up_at": NOW}
            for each in names
        ]
        connection.execute(insert(files), rows)
    with database.read() as connection:
        found = connection.execute(select(files.c.id).order_by(files.c.id)).scalars().all()
        collations = connection.execute(
            text("SELECT count(*) FROM information_schema.columns WHERE data_type = 'text' "
                 "AND table_schema = 'public' AND collation_name IS DISTINCT FROM 'C'")
        ).scalar_one()  # fmt: skip
    assert list(found) == sorted(names)
    assert collations == 0


def test_a_nul_or_a_lone_surrogate_is_no_error(database: PostgresDatabase) -> None:
    with database.write() as connection:
        mutes.save(connection, _mute("a\x00b\ud800c"))
    with database.read() as connection:
        (found,) = mutes.load(connection, NOW)
    assert found.job_id == "a\ufffdb\ufffdc"


def test_all_declared_tables_are_there(database: PostgresDatabase) -> None:
    with database.read() as connection:
        for table in metadata.sorted_tables:
            connection.execute(select(table)).all()


def test_two_accounts_are_written_side_by_side_and_one_account_in_turn(
    database: PostgresDatabase,
) -> None:
    with database.write(about_account("a")), database.write(about_channel("b")):
        pass
    impatient = PostgresDatabase.write
    with (
        database.write(about_account("a")),
        pytest.raises(PassingDatabaseError, match="another process holds it"),
        impatient(database, about_account("a"), lock_seconds=0.05),
    ):
        pass
    with (
        database.write(),
        pytest.raises(PassingDatabaseError),
        impatient(database, about_account("a"), lock_seconds=0.05),
    ):
        pass


def test_a_verdict_has_its_account_and_lets_channels_wait(database: PostgresDatabase) -> None:
    impatient = PostgresDatabase.write
    with database.write(about_verdict("a")):
        for beside in (about_account("b"), ABOUT_CLAIMS, ABOUT_REPLICAS):
            with impatient(database, beside, lock_seconds=0.05):
                pass
        for behind in (about_account("a"), about_verdict("b"), about_channel("c"), ""):
            with (
                pytest.raises(PassingDatabaseError),
                impatient(database, behind, lock_seconds=0.05),
            ):
                pass


def test_who_claims_rows_waits_only_for_who_has_everything(database: PostgresDatabase) -> None:
    impatient = PostgresDatabase.write
    with database.write(ABOUT_CLAIMS):
        for beside in (about_account("a"), about_channel("c"), ABOUT_CLAIMS):
            with impatient(database, beside, lock_seconds=0.05):
                pass
        with pytest.raises(PassingDatabaseError), impatient(database, "", lock_seconds=0.05):
            pass


def test_a_replica_that_stands_still_in_its_sign_of_life_holds_up_the_others_for_a_moment(
    database: PostgresDatabase,
) -> None:
    """They wait for less than a lock may take, and than a sign of life counts."""

    def stand_still() -> None:
        with database.write(ABOUT_REPLICAS):
            began = time.monotonic()
            with database.write(ABOUT_REPLICAS):
                waited.append(time.monotonic() - began)

    waited: list[float] = []
    with pytest.raises(PassingDatabaseError, match=r"stood still|can't be reached"):
        stand_still()
    assert 0 < waited[0] < LEASE_SECONDS
    with database.write(ABOUT_REPLICAS):
        pass


def test_what_is_about_one_thing_is_refused_if_it_is_another_daemons(
    database: PostgresDatabase,
) -> None:
    asked = []

    def check(_connection: object, about: str) -> None:
        asked.append(about)
        if about == about_account("theirs"):
            raise LeaseLostError("too late")

    database.fence(check)
    with pytest.raises(LeaseLostError), database.write(about_account("theirs")):
        pass
    # Claims have numbers of their own.
    unasked = ("", ABOUT_REPLICAS, ABOUT_CLAIMS, about_verdict("theirs"))
    for about in (about_account("ours"), *unasked):
        with database.write(about):
            pass
    assert asked == [about_account("theirs"), about_account("ours")]


def test_several_daemons_are_none_that_is_alone(database: PostgresDatabase) -> None:
    with database.one_of_daemons(), database.one_of_daemons():
        assert database.daemon_runs()
        with pytest.raises(AlreadyRunningError), database.only_daemon():
            pass
    with (
        database.only_daemon(),
        pytest.raises(AlreadyRunningError),
        database.one_of_daemons(),
    ):
        pass


def member(database: PostgresDatabase, *, lease_seconds: float) -> Membership:
    identity = Identity(id="one", name="one:1", version="1")
    return Membership(database, identity, seconds=lambda: 0.0, lease_seconds=lease_seconds)


@contextmanager
def living(one: Membership) -> Iterator[None]:
    """Let it give signs of life for the length of the block."""
    is_over = threading.Event()

    def live() -> None:
        while not is_over.wait(0.05):
            one.beat()

    with ThreadPoolExecutor() as pool:
        signs = pool.submit(live)
        try:
            yield
        finally:
            is_over.set()
            signs.result()


def test_a_daemon_whose_lock_a_restarted_server_forgot_is_one_as_long_as_it_lives(
    database: PostgresDatabase,
) -> None:
    one = member(database, lease_seconds=TIMEOUT_SECONDS)
    one.beat()
    assert database.daemon_runs()
    with living(one), pytest.raises(AlreadyRunningError), database.only_daemon():
        pass
    one.leave()
    assert not database.daemon_runs()
    with database.only_daemon():
        pass


def test_the_last_sign_of_life_of_a_daemon_that_died_is_waited_out(
    database: PostgresDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    one = member(database, lease_seconds=0.3)
    one.beat()
    with database.only_daemon(), database.read() as connection:
        (died,) = replicas.load(connection)
        assert not died.is_alive(database_time(connection))
    assert [line.message.partition(" counts")[0] for line in caplog.records] == [
        "a daemon's last sign of life"
    ]


def test_who_is_alone_is_alone(database: PostgresDatabase) -> None:
    other = PostgresDatabase(str(database.engine.url.render_as_string(hide_password=False)))
    assert not other.daemon_runs()
    with database.only_daemon():
        assert other.daemon_runs()
        with pytest.raises(AlreadyRunningError, match="already runs"), other.only_daemon():
            pass
    assert not other.daemon_runs()
    other.close()


def test_a_lock_is_free_at_once_and_one_that_the_server_forgot_is_no_trouble(
    database: PostgresDatabase, postgres: PostgresServer
) -> None:
    for lock in (database.only_daemon, database.one_of_daemons):
        for _ in range(20):
            with lock():
                assert database.daemon_runs()
            assert not database.daemon_runs()
        with lock():
            postgres.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                f"WHERE datname = '{database.engine.url.database}'"
            )
    assert not database.daemon_runs()


def test_a_server_asks_after_machines_that_went_away_without_a_word(
    database: PostgresDatabase,
) -> None:
    # The server here is reached by a socket that knows no such values: only who set them is told.
    query = "SELECT name, source FROM pg_settings WHERE name LIKE 'tcp%' ORDER BY name"
    with database.write() as connection:
        set_by = {row.name: row.source for row in connection.execute(text(query))}
    assert set_by == dict.fromkeys(
        (
            "tcp_keepalives_count",
            "tcp_keepalives_idle",
            "tcp_keepalives_interval",
            "tcp_user_timeout",
        ),
        "session",
    )


def test_connections_that_the_server_ended_are_replaced_unnoticed(
    database: PostgresDatabase, postgres: PostgresServer
) -> None:
    with database.write() as connection:
        mutes.save(connection, _mute("before"))
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = '{database.engine.url.database}'"
    )
    with database.read() as connection:
        assert mutes.load(connection, NOW) == [_mute("before")]


def test_a_connection_lost_within_a_transaction_is_one_sentence_and_the_next_works(
    database: PostgresDatabase, postgres: PostgresServer
) -> None:
    def lose() -> None:
        with database.write() as connection:
            pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            postgres.execute(f"SELECT pg_terminate_backend({pid}, 5000)")
            mutes.save(connection, _mute("lost"))

    with pytest.raises(DatabaseError, match="goes on by itself"):
        lose()
    with database.read() as connection:
        assert mutes.load(connection, NOW) == []


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    database = PostgresDatabase(f"postgresql+psycopg://bell:{PASSWORD}@127.0.0.1:1/bell")
    with pytest.raises(DatabaseError, match="can't be reached") as failed, database.read():
        pass
    assert "127.0.0.1:1/bell" in str(failed.value)
    assert PASSWORD not in str(failed.value)


def test_a_missing_database_is_said_to_be_made(postgres: PostgresServer) -> None:
    database = PostgresDatabase(postgres.url("nobodys"))
    with pytest.raises(DatabaseError, match="createdb"), database.read():
        pass


def test_what_is_queued_is_noticed_once_it_is_committed(database: PostgresDatabase) -> None:
    watch = database.changes()
    with database.write() as connection:
        notifications._queue(connection, "team", now=NOW, due_at=NOW, severity=Severity.FAILURE)
        assert not watch.changed()
    # The server tells it when it gets round to it; what else is there to wait for is a test's end.
    while not watch.changed():
        pass
    assert not watch.changed()
    watch.close()


def test_a_watch_whose_connection_is_lost_says_so(
    postgres: PostgresServer, database: PostgresDatabase
) -> None:
    watch = database.changes()
    name = database.engine.url.database
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = '{name}' AND query LIKE 'LISTEN%'"
    )

    def ask_for_ever() -> None:
        while True:
            watch.changed()

    with pytest.raises(DatabaseError, match="connection"):
        ask_for_ever()
    watch.close()


def test_what_was_not_told_is_found_later(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "LOOK_EVERY", 1)
    watch = database.changes()
    with database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO notifications (channel, key, state, attempts, created_at, "
            "next_attempt_at, reason, reminder) VALUES ('c', 'k', 'pending', 0, 0, 0, '', false)"
        )
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    with database.read():
        pass
    assert watch.changed()
    watch.close()
