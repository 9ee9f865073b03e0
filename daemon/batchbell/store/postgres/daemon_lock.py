"""Daemons share a lock, who must be alone has it alone; the server frees it with the connection."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sqlalchemy import text

from batchbell.errors import AlreadyRunningError
from batchbell.store.postgres.scope import CLASS, DAEMON
from batchbell.store.postgres.trouble import ERRORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from batchbell.store.postgres.server import DatabaseServer

logger = logging.getLogger(__name__)

#: Source: https://www.postgresql.org/docs/current/view-pg-locks.html
_HELD = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND classid = :class AND objid = :daemon AND objsubid = 2)"
)

#: The last sign of life that still counts, and for how many seconds it will: a daemon's lock is
#: gone after a restart of the server.
_LAST_SIGN = (
    "SELECT until, (until - now) / 1000000.0 FROM replicas, "
    "(SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) AS clock "
    "WHERE until > now ORDER BY until DESC LIMIT 1"
)
_HAS_REPLICAS = "SELECT to_regclass('replicas') IS NOT NULL"

#: The server notices a moment after a process died that its lock is free, seconds.
PATIENCE_SECONDS = 0.5
#: How often it is looked whether that is so, or whether another sign of life was given, seconds.
_LOOK_SECONDS = 0.1


@contextmanager
def daemon_lock(server: DatabaseServer, *, shared: bool) -> Iterator[None]:
    """Hold the lock on a connection of its own.

    Who must be alone waits until the last sign of life of one that died counts no more. Raises
    `AlreadyRunningError` if somebody else's is in the way, `DatabaseError`.
    """
    with server.errors_explained():
        connection = server.engine.connect()
    try:
        with server.errors_explained():
            is_ours = _is_had(connection, "_shared" if shared else "")
            is_ours = is_ours and (shared or _is_outlived(connection))
        if not is_ours:
            raise AlreadyRunningError(
                f"another batchbell already runs on {server.name}: stop it first, or give this "
                "one its own database_url"
            )
        try:
            yield
        finally:
            # The server notices a moment later that a connection was closed.
            with suppress(*ERRORS):
                connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
    finally:
        # Not back into the pool: the lock would go on.
        connection.invalidate()
        connection.close()


def daemon_runs(server: DatabaseServer) -> bool:
    """Whether somebody holds the daemon's lock, or gives signs of life. Raises `DatabaseError`."""
    with server.read() as connection:
        is_held = connection.execute(_HELD, {"class": CLASS, "daemon": DAEMON}).scalar_one()
        return bool(is_held) or _any_lives(connection)


def _is_had(connection: Connection, kind: str) -> bool:
    """Try to take the lock, for a moment: one that was just killed may have it that long."""
    query = f"SELECT pg_try_advisory_lock{kind}({CLASS}, {DAEMON})"
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not connection.exec_driver_sql(query).scalar_one():
        if time.monotonic() >= give_up_at:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _any_lives(connection: Connection) -> bool:
    return _last_sign(connection) is not None


def _is_outlived(connection: Connection) -> bool:
    """Wait until no sign of life counts any more; False as soon as another one is given."""
    first = sign = _last_sign(connection)
    if first is not None:
        logger.warning(
            "a daemon's last sign of life counts for %.1f more seconds: waiting for another one",
            first[1],
        )
    while first is not None and sign is not None:
        if sign[0] > first[0]:
            return False
        time.sleep(min(_LOOK_SECONDS, sign[1]))
        sign = _last_sign(connection)
    return True


def _last_sign(connection: Connection) -> tuple[int, float] | None:
    """Return until when the last sign of life counts, and for how many seconds from now."""
    if not connection.exec_driver_sql(_HAS_REPLICAS).scalar_one():
        return None
    row = connection.exec_driver_sql(_LAST_SIGN).one_or_none()
    return None if row is None else (row[0], float(row[1]))
