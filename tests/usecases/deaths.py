"""What a process that dies after a call of the driver leaves for the next one.

That one finds what is committed and what is outside of the database, nothing more. Where both are
the same, to the byte, what follows is the same: it is lived once.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from batchbell.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from batchbell.store.database import Database
    from batchbell.store.sqlite.database import SqliteDatabase
    from tests.statements import Driver


@dataclass
class Remains:
    """Of each call of the driver, in order, what a death after it leaves."""

    left: list[bytes] = field(default_factory=list)

    def differing(self, calls: Iterable[int]) -> list[int]:
        """Return, of these calls, the first of those that leave the same."""
        first: dict[bytes, int] = {}
        for call in calls:
            first.setdefault(self.left[call - 1], call)
        return list(first.values())


@contextmanager
def noted_remains(
    database: SqliteDatabase, driver: Driver, outside: Callable[[], object]
) -> Iterator[Remains]:
    """Note it while a process lives.

    `outside` returns what the next one finds besides the database, and what it is to do; each has
    a `repr` of its own.
    """
    remains = Remains()
    # The driver is called by several threads, one after the other.
    reader = sqlite3.connect(database.path, check_same_thread=False)

    def look(_number: int) -> None:
        found = sha256(reader.serialize())
        found.update(repr(outside()).encode())
        remains.left.append(found.digest())

    with closing(reader):
        driver.after = look
        try:
            yield remains
        finally:
            driver.after = lambda _number: None


def empty(database: Database) -> None:
    """Delete what a life has left: that is quicker than a new database."""
    with database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
