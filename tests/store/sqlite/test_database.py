from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from batchbell.errors import AlreadyRunningError, DatabaseError
from batchbell.store.schema import require_current
from batchbell.store.sqlite.changes import FileWatch
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.store.sqlite.lock import daemon_lock

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

COUNTER = "CREATE TABLE counter (n INTEGER NOT NULL)"


@pytest.fixture
def counter(database: SqliteDatabase) -> SqliteDatabase:
    with database.write() as transaction:
        transaction.exec_driver_sql(COUNTER)
        transaction.exec_driver_sql("INSERT INTO counter VALUES (0)")
    return database


def count(database: SqliteDatabase) -> int:
    with database.read() as transaction:
        value: int = transaction.exec_driver_sql("SELECT n FROM counter").scalar_one()
    return value


def fail_halfway(database: SqliteDatabase) -> None:
    with database.write() as transaction:
        transaction.exec_driver_sql("UPDATE counter SET n = 5")
        transaction.exec_driver_sql("UPDATE no_such_table SET n = 5")


def test_a_transaction_that_breaks_off_stores_nothing(counter: SqliteDatabase) -> None:
    with pytest.raises(DatabaseError):
        fail_halfway(counter)
    assert count(counter) == 0


def test_racing_writers_lose_no_update(counter: SqliteDatabase) -> None:
    """Two processes read, then write: each transaction holds the lock from its start."""
    program = (
        "from batchbell.store.sqlite.database import SqliteDatabase\n"
        f"database = SqliteDatabase('sqlite:///{counter.path}')\n"
        "for _ in range(30):\n"
        "    with database.write() as t:\n"
        "        n = t.exec_driver_sql('SELECT n FROM counter').scalar_one()\n"
        "        t.exec_driver_sql('UPDATE counter SET n = ?', (n + 1,))\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert count(counter) == 60


def test_a_thread_that_writes_waits_for_another_one_without_asking_the_file(
    counter: SqliteDatabase,
) -> None:
    def impatient(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout = 0")

    event.listen(counter.engine, "connect", impatient)
    counter.engine.dispose()
    failed: list[DatabaseError] = []

    def add() -> None:
        try:
            with counter.write() as transaction:
                transaction.exec_driver_sql("UPDATE counter SET n = n + 1")
        except DatabaseError as error:
            failed.append(error)

    other = threading.Thread(target=add)
    with counter.write() as transaction:
        transaction.exec_driver_sql("UPDATE counter SET n = n + 1")
        other.start()
        # It ends at once if it does not wait.
        other.join(0.2)
    other.join()
    assert (failed, count(counter)) == ([], 2)


def test_a_thread_that_never_gets_its_turn_is_told_by_the_file(
    counter: SqliteDatabase,
) -> None:
    hasty = SqliteDatabase(f"sqlite:///{counter.path}", busy_timeout_seconds=0.05)
    with hasty.write(), pytest.raises(DatabaseError, match="locked"), hasty.write():
        pass
    with hasty.write() as transaction:
        transaction.exec_driver_sql("UPDATE counter SET n = 7")
    assert count(counter) == 7


def test_a_reader_sees_one_state_while_others_write(counter: SqliteDatabase) -> None:
    with counter.read() as reader:
        assert reader.exec_driver_sql("SELECT n FROM counter").scalar_one() == 0
        with counter.write() as writer:
            writer.exec_driver_sql("UPDATE counter SET n = 7")
        assert reader.exec_driver_sql("SELECT n FROM counter").scalar_one() == 0
    assert count(counter) == 7


def test_a_commit_survives_a_power_loss(database: SqliteDatabase) -> None:
    with database.write() as transaction:
        pragmas = [
            transaction.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]


def test_reading_neither_creates_nor_writes(tmp_path: Path, database: SqliteDatabase) -> None:
    with pytest.raises(DatabaseError, match="no database at"):
        SqliteDatabase(f"sqlite:///{tmp_path}/none.db", read_only=True)
    reader = SqliteDatabase(f"sqlite:///{database.path}", read_only=True)
    with reader.read() as transaction:
        require_current(transaction)
    with (
        pytest.raises(DatabaseError, match="readonly"),
        reader._transaction(writes=False) as transaction,
    ):
        transaction.exec_driver_sql("DELETE FROM accounts")
    reader.close()


def test_an_older_schema_is_told_to_readers(tmp_path: Path) -> None:
    old = SqliteDatabase(f"sqlite:///{tmp_path}/old.db")
    with old.write() as transaction:
        transaction.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
        transaction.exec_driver_sql("INSERT INTO alembic_version VALUES ('0000')")
    with (
        pytest.raises(DatabaseError, match="batchbell db upgrade"),
        old.read() as transaction,
    ):
        require_current(transaction)


@pytest.mark.parametrize(
    "url", ["postgresql://u:fake-secret@h/db", "sqlite://", "sqlite:///:memory:", "fake-secret"]
)
def test_a_url_that_names_no_file_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(DatabaseError, match="must name a SQLite file") as caught:
        SqliteDatabase(url)
    assert "fake-secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, just some text " * 50)
    database = SqliteDatabase(f"sqlite:///{path}")
    with pytest.raises(DatabaseError, match="move the file away"), database.write():
        pass


def test_a_folder_that_can_not_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    database = SqliteDatabase(f"sqlite:///{tmp_path}/file/batchbell.db")
    with pytest.raises(DatabaseError, match="can't create the database"), database.write():
        pass


def test_one_daemon_per_database(database: SqliteDatabase) -> None:
    with (
        daemon_lock(database.path),
        pytest.raises(AlreadyRunningError, match="already runs"),
        daemon_lock(database.path),
    ):
        pass
    with daemon_lock(database.path):
        pass


def test_the_lock_of_a_killed_process_is_free(database: SqliteDatabase) -> None:
    program = (
        "import os, signal; from pathlib import Path\n"
        "from batchbell.store.sqlite.lock import daemon_lock\n"
        f"with daemon_lock(Path('{database.path}')): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    with daemon_lock(database.path):
        pass


def test_a_lock_in_an_unusable_folder_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(DatabaseError, match="can't open the lock"),
        daemon_lock(tmp_path / "file" / "batchbell.db"),
    ):
        pass


def test_a_commit_of_anybody_is_noticed_once(counter: SqliteDatabase) -> None:
    watch = FileWatch(counter)
    assert watch.changed() is False
    other = SqliteDatabase(f"sqlite:///{counter.path}")
    with other.write() as transaction:
        transaction.exec_driver_sql("UPDATE counter SET n = 1")
    assert watch.changed() is True
    assert watch.changed() is False
    watch.close()
    other.close()


def test_a_read_only_disk_is_told_from_a_wrong_owner(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = SqliteDatabase(f"sqlite:///{database.path}", read_only=True)

    def refusal() -> str:
        with (
            pytest.raises(DatabaseError, match="readonly") as caught,
            reader._transaction(writes=False) as transaction,
        ):
            transaction.exec_driver_sql("DELETE FROM accounts")
        return str(caught.value)

    assert "let the user batchbell runs as write to it" in refusal()
    # Only root can mount such a disk, so the system's answer is replaced.
    there = os.statvfs(database.path.parent)
    mounted = os.statvfs_result([*there[:8], there.f_flag | os.ST_RDONLY, *there[9:]])
    monkeypatch.setattr("os.statvfs", lambda _: mounted)
    assert "its disk is mounted read-only" in refusal()
    assert "mount it for writing again" in refusal()
    reader.close()
