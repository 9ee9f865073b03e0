"""Which committed state of the file a transaction sees."""

from __future__ import annotations

import sqlite3
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, PoolProxiedConnection

#: Reads a page, and with it begins to see one state: a BEGIN alone sees none yet.
#: Source: https://www.sqlite.org/isolation.html
_SEE = "SELECT 1 FROM sqlite_schema LIMIT 1"


class FileState:
    """Tells states apart by a connection of its own, opened by the first question; thread-safe.

    Source: SQLite's `PRAGMA data_version`, which moves on commits by other connections only.
    """

    def __init__(self, engine: Engine) -> None:
        """Open nothing yet."""
        self._engine = engine
        self._lock = Lock()
        self._connection: PoolProxiedConnection | None = None

    def seen_by(self, transaction: Connection) -> tuple[object, int] | None:
        """Return a value that no other state has; None if it can't be told.

        The transaction asked nothing before.
        """
        try:
            before = self._version()
            transaction.exec_driver_sql(_SEE)
            after = self._version()
        except sqlite3.Error:
            # What is wrong is said of the transaction's own questions.
            return None
        # Of what was committed in between nobody knows whether the transaction sees it.
        return before if before == after else None

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _version(self) -> tuple[object, int]:
        with self._lock:
            if self._connection is None:
                self._connection = self._engine.raw_connection()
                # Not one of the pool's: it would never get it back.
                self._connection.detach()
            cursor = self._connection.cursor()
            number: int = cursor.execute("PRAGMA data_version").fetchone()[0]
            cursor.close()
            # Another connection counts from another number.
            return self._connection, number
