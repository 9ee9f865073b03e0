"""Threads that want to write: whose turn it is, and what those share that share a commit."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from batchbell.errors import DatabaseError
from batchbell.store.database import about_account, about_channel
from batchbell.store.sqlite.turns import MOST_AT_ONCE, Turns
from tests.e2e.waiting import wait_until
from tests.statements import watched_driver
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from batchbell.store.sqlite.database import SqliteDatabase

TEAM = about_channel("team")
TABLE = """
CREATE TABLE written (
    by TEXT PRIMARY KEY, also TEXT REFERENCES written DEFERRABLE INITIALLY DEFERRED
)
"""


@pytest.fixture
def table(database: SqliteDatabase) -> SqliteDatabase:
    """A database with a table to write to, whose transactions may be joined at any age."""
    with database.write() as connection:
        connection.exec_driver_sql(TABLE)
    database._turns = Turns(patience_seconds=TIMEOUT_SECONDS, oldest_seconds=TIMEOUT_SECONDS)
    return database


def written(database: SqliteDatabase) -> set[str]:
    with database.read() as connection:
        return set(connection.exec_driver_sql("SELECT by FROM written").scalars())


@dataclass
class Writer:
    """A thread that writes its name, and what else it is to do, in a transaction."""

    database: SqliteDatabase
    name: str
    about: str = TEAM
    also: Callable[[Connection], object] = lambda _connection: None
    #: Until this is set it stays in its transaction.
    may_end: threading.Event = field(default_factory=threading.Event)
    has_begun: threading.Event = field(default_factory=threading.Event)
    failed: BaseException | None = None

    def start(self) -> Writer:
        """Begin; whoever is there already writes before."""
        before = len(self.database._turns._line)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        wait_until(
            lambda: self.has_begun.is_set() or len(self.database._turns._line) > before,
            f"{self.name} in line",
        )
        return self

    def end(self) -> BaseException | None:
        """Let it end; return what it raised."""
        self.may_end.set()
        self.thread.join(TIMEOUT_SECONDS)
        assert not self.thread.is_alive(), self.name
        return self.failed

    def _run(self) -> None:
        try:
            with self.database.write(self.about) as connection:
                self.has_begun.set()
                statement = "INSERT INTO written (by) VALUES (?)"
                connection.exec_driver_sql(statement, (self.name,))
                assert self.may_end.wait(TIMEOUT_SECONDS)
                self.also(connection)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
            self.failed = error


def end_all(writers: list[Writer]) -> list[BaseException | None]:
    for writer in writers:
        writer.may_end.set()
    return [writer.end() for writer in writers]


def broken(_connection: Connection) -> None:
    raise ValueError("broken")


def orphaned(connection: Connection) -> None:
    """Break a rule that is looked at when it is committed."""
    connection.exec_driver_sql("UPDATE written SET also = 'nobody'")


def given_up(connection: Connection) -> None:
    """Let the database end the transaction, as it does when its disk is full."""
    connection.exec_driver_sql("INSERT OR ROLLBACK INTO written (by) VALUES ('first')")


def begun(calls: list[str]) -> int:
    """How many transactions there were that write."""
    return calls.count("BEGIN IMMEDIATE")


def test_those_who_wait_share_a_commit(table: SqliteDatabase) -> None:
    with watched_driver(table) as driver:
        names = [f"{number}" for number in range(MOST_AT_ONCE + 2)]
        writers = [Writer(table, name).start() for name in names]
        assert end_all(writers) == [None] * len(names)
        # Two of them are more than share one.
        assert begun(driver.calls) == 2
    assert written(table) == set(names)


def test_nobody_returns_before_the_commit(table: SqliteDatabase) -> None:
    first, second = Writer(table, "first").start(), Writer(table, "second").start()
    first.may_end.set()
    assert second.has_begun.wait(TIMEOUT_SECONDS)
    # It would end at once if it did not wait.
    first.thread.join(0.2)
    assert (first.thread.is_alive(), written(table)) == (True, set())
    assert [second.end(), first.end()] == [None, None]
    assert written(table) == {"first", "second"}


@pytest.mark.parametrize("who", [0, 1, 2])
def test_who_breaks_off_is_undone_alone(table: SqliteDatabase, who: int) -> None:
    names = ["first", "second", "third"]
    writers = [
        Writer(table, name, also=broken if number == who else lambda _connection: None).start()
        for number, name in enumerate(names)
    ]
    failed = end_all(writers)
    assert [type(each) for number, each in enumerate(failed) if number == who] == [ValueError]
    assert [each for number, each in enumerate(failed) if number != who] == [None, None]
    assert written(table) == {*names} - {names[who]}


def test_a_statement_that_fails_is_explained_and_undone_alone(table: SqliteDatabase) -> None:
    def twice(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO written (by) VALUES ('second')")

    writers = [Writer(table, "first").start(), Writer(table, "second", also=twice).start()]
    first, second = end_all(writers)
    assert first is None
    assert isinstance(second, DatabaseError)
    assert "UNIQUE" in str(second)
    assert written(table) == {"first"}


@pytest.mark.parametrize(("trouble", "reason"), [(orphaned, "FOREIGN KEY"), (given_up, "UNIQUE")])
def test_what_is_not_stored_fails_for_all(
    table: SqliteDatabase, trouble: Callable[[Connection], object], reason: str
) -> None:
    writers = [Writer(table, "first").start(), Writer(table, "second", also=trouble).start()]
    for failed in end_all(writers):
        assert isinstance(failed, DatabaseError)
        assert reason in str(failed)
    assert written(table) == set()
    assert Writer(table, "later").start().end() is None
    assert written(table) == {"later"}


@pytest.mark.parametrize(
    "abouts", [(TEAM, about_account("default")), (about_account("default"), TEAM), ("", "")]
)
def test_a_poll_shares_no_commit(table: SqliteDatabase, abouts: tuple[str, str]) -> None:
    """It can be long, and what it fails by is its own."""
    names = ["first", "second"]
    with watched_driver(table) as driver:
        writers = [
            Writer(table, name, about=about).start()
            for name, about in zip(names, abouts, strict=True)
        ]
        assert writers[0].end() is None
        assert writers[1].has_begun.wait(TIMEOUT_SECONDS)
        assert written(table) == {"first"}
        assert writers[1].end() is None
        assert begun(driver.calls) == 2


def test_nobody_joins_an_old_transaction(table: SqliteDatabase) -> None:
    table._turns = Turns(patience_seconds=TIMEOUT_SECONDS, oldest_seconds=0.0)
    with watched_driver(table) as driver:
        writers = [Writer(table, name).start() for name in ("first", "second")]
        assert end_all(writers) == [None, None]
        assert begun(driver.calls) == 2


def test_a_transaction_that_can_not_begin_holds_nobody_up(table: SqliteDatabase) -> None:
    other = type(table)(f"sqlite:///{table.path}", busy_timeout_seconds=0.01)
    with table.write(), pytest.raises(DatabaseError, match="locked"), other.write(TEAM):
        pass
    with other.write(TEAM) as connection:
        connection.exec_driver_sql("INSERT INTO written (by) VALUES ('later')")
    other.close()
    assert written(table) == {"later"}
