"""Noticing that somebody committed: another process, or another thread of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.store.postgres.server import DatabaseServer

#: What the server counts of the rows that wait for somebody; it may be a second late.
#: Source: https://www.postgresql.org/docs/current/monitoring-stats.html
_WRITTEN = (
    "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables "
    "WHERE relname IN ('notifications', 'results')"
)


class ServerWatch:
    """Says whether anything was written since the last question."""

    def __init__(self, server: DatabaseServer) -> None:
        """Take the state of now as known. Raises `DatabaseError`."""
        self._server = server
        self._written = self._read()

    def changed(self) -> bool:
        """Return whether something was written since the last call. Raises `DatabaseError`."""
        written = self._read()
        moved, self._written = written != self._written, written
        return moved

    def close(self) -> None:
        """Watch no more."""

    def _read(self) -> int:
        with self._server.read() as connection:
            written: int = connection.exec_driver_sql(_WRITTEN).scalar_one()
        return written
