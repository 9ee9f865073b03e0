"""Daemons share a lock, who must be alone has it alone; the server frees it with the connection."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

from batchbell.errors import AlreadyRunningError
from batchbell.store.postgres.scope import CLASS, DAEMON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from batchbell.store.postgres.server import DatabaseServer

#: Source: https://www.postgresql.org/docs/current/view-pg-locks.html
_HELD = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND classid = :class AND objid = :daemon AND objsubid = 2)"
)

#: Whether a daemon gave a sign of life in time: its lock is gone after a restart of the server.
_LIVES = (
    "SELECT EXISTS (SELECT FROM replicas "
    "WHERE until > (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)"
)
_HAS_REPLICAS = "SELECT to_regclass('replicas') IS NOT NULL"


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
            is_ours = is_ours and (shared or not _any_lives(connection))
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
    """Whether somebody holds the daemon's lock, or gives signs of life. Raises `DatabaseError`."""
    with server.read() as connection:
        is_held = connection.execute(_HELD, {"class": CLASS, "daemon": DAEMON}).scalar_one()
        return bool(is_held) or _any_lives(connection)


def _any_lives(connection: Connection) -> bool:
    has_table = connection.exec_driver_sql(_HAS_REPLICAS).scalar_one()
    return bool(has_table and connection.exec_driver_sql(_LIVES).scalar_one())
