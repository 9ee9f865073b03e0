"""Daemons share a lock, who must be alone has it alone; the server frees it with the connection."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

from batchbell.errors import AlreadyRunningError
from batchbell.store.postgres.scope import CLASS, DAEMON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.store.postgres.server import DatabaseServer

#: Source: https://www.postgresql.org/docs/current/view-pg-locks.html
_HELD = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND classid = :class AND objid = :daemon AND objsubid = 2)"
)


@contextmanager
def daemon_lock(server: DatabaseServer, *, shared: bool) -> Iterator[None]:
    """Hold the lock on a connection of its own.

    Raises `AlreadyRunningError` if somebody else's is in the way, `DatabaseError`.
    """
    with server.errors_explained():
        connection = server.engine.connect()
    try:
        with server.errors_explained():
            kind = "_shared" if shared else ""
            query = f"SELECT pg_try_advisory_lock{kind}({CLASS}, {DAEMON})"
            is_ours = connection.exec_driver_sql(query).scalar_one()
        if not is_ours:
            raise AlreadyRunningError(
                f"another batchbell already runs on {server.name}: stop it first, or give this "
                "one its own database_url"
            )
        yield
    finally:
        # Not back into the pool: the lock would go on.
        connection.detach()
        connection.close()


def daemon_runs(server: DatabaseServer) -> bool:
    """Whether somebody holds the daemon's lock. Raises `DatabaseError`."""
    with server.read() as connection:
        return bool(connection.execute(_HELD, {"class": CLASS, "daemon": DAEMON}).scalar_one())
