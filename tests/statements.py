"""What a database is asked, counted and cut off at the driver, or at its commits."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from batchbell.store.postgres.database import PostgresDatabase
    from batchbell.store.sqlite.database import SqliteDatabase


class Died(BaseException):
    """The process ended here: nothing catches it."""


@dataclass
class Driver:
    """Every call of the driver, BEGIN and COMMIT among them, in order."""

    calls: list[str] = field(default_factory=list)
    #: The open connections; a process that dies leaves none.
    connections: list[sqlite3.Connection] = field(default_factory=list)
    #: Called after each, with its number from 1.
    after: Callable[[int], None] = lambda _number: None

    @property
    def statements(self) -> list[str]:
        """What was asked, without BEGIN and COMMIT."""
        return [each for each in self.calls if each.split()[0] not in _BOUNDS]

    def drop_connections(self) -> None:
        """Close what a dead process had open: nothing that it did not commit stays."""
        while self.connections:
            self.connections.pop().close()

    def called(self, statement: str) -> None:
        """Take notice of one call."""
        self.calls.append(statement)
        self.after(len(self.calls))


_BOUNDS = {"BEGIN", "COMMIT"}


@contextmanager
def watched_driver(database: SqliteDatabase) -> Iterator[Driver]:
    """Replace the driver's connections by ones that tell what they are asked."""
    driver = Driver()

    class _Cursor(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = (), /) -> Self:
            super().execute(sql, parameters)
            return self._told(sql)

        def executemany(self, sql: str, parameters: Any, /) -> Self:
            super().executemany(sql, parameters)
            return self._told(sql)

        def _told(self, sql: str) -> Self:
            try:
                driver.called(sql)
            except Died:
                # Else its unread rows would keep the transaction open.
                self.close()
                raise
            return self

    class _Connection(sqlite3.Connection):
        def cursor(self, factory: type[sqlite3.Cursor] = _Cursor) -> Any:  # type: ignore[override]  # one factory will do
            return super().cursor(factory)

        def commit(self) -> None:
            super().commit()
            driver.called("COMMIT")

    def connect(_dialect: object, _record: object, arguments: list[Any], keywords: Any) -> Any:
        made = sqlite3.connect(*arguments, **{**keywords, "factory": _Connection})
        driver.connections.append(made)
        return made

    event.listen(database.engine, "do_connect", connect)
    database.engine.dispose()
    with database.read():
        # What a new connection is prepared with is not of interest.
        driver.calls.clear()
    driver.calls.clear()
    try:
        yield driver
    finally:
        driver.after = lambda _number: None
        event.remove(database.engine, "do_connect", connect)
        database.engine.dispose()


@contextmanager
def watched_commits(database: SqliteDatabase | PostgresDatabase) -> Iterator[Driver]:
    """Tell before and after each commit of what was written, on either engine.

    A process that dies between two commits leaves the same wherever that is.
    """
    driver, write = Driver(), database.write

    @contextmanager
    def watched(about: str = "") -> Iterator[Connection]:
        with write(about) as connection:
            yield connection
            driver.called("COMMIT to come")
        driver.called("COMMIT")

    database.write = watched  # type: ignore[method-assign]
    try:
        yield driver
    finally:
        database.write = write  # type: ignore[method-assign]
