"""Noticing that somebody committed what waits for others: another process, or another thread."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from batchbell.store.postgres.trouble import ERRORS
from batchbell.store.waking import CHANNEL

if TYPE_CHECKING:
    import psycopg

    from batchbell.store.postgres.server import DatabaseServer

#: After so many questions the rows are counted, too: the net beneath.
LOOK_EVERY = 20
#: What the server counts of the rows that wait for somebody; it may be seconds late.
#: Source: https://www.postgresql.org/docs/current/monitoring-stats.html
_WRITTEN = (
    "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables "
    "WHERE relname IN ('notifications', 'results')"
)


class ServerWatch:
    """Says whether something was committed since the last question; listens on its connection."""

    def __init__(self, server: DatabaseServer) -> None:
        """Begin to listen. Raises `DatabaseError`."""
        self._server = server
        self._questions = 0
        with server.errors_explained():
            self._connection = server.engine.connect()
            self._connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        self._written = self._count()

    @property
    def hint(self) -> None:
        """None: what was told is there once somebody asks."""
        return

    def changed(self) -> bool:
        """Return whether something was committed since the last call. Raises `DatabaseError`."""
        driver: psycopg.Connection = self._connection.connection.driver_connection  # type: ignore[assignment] # psycopg's
        with self._server.errors_explained():
            told = list(driver.notifies(timeout=0))
        self._questions += 1
        return bool(told) or (self._questions % LOOK_EVERY == 0 and self._has_moved())

    def close(self) -> None:
        """Listen no more."""
        # Not back into the pool: it would go on listening.
        with suppress(*ERRORS):
            self._connection.invalidate()
        self._connection.close()

    def _has_moved(self) -> bool:
        written = self._count()
        moved, self._written = written != self._written, written
        return moved

    def _count(self) -> int:
        with self._server.read() as connection:
            written: int = connection.exec_driver_sql(_WRITTEN).scalar_one()
        return written
