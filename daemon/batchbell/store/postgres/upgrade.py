"""The upgrade of a server's database: once, however many start together."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from batchbell.store import schema
from batchbell.store.database import Upgraded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from batchbell.store.postgres.server import DatabaseServer

#: How long to wait for another process's upgrade, seconds.
WAIT_SECONDS = 600.0


def upgrade(server: DatabaseServer) -> Upgraded | None:
    """Bring the schema up to date in one transaction; None if it is.

    It has the database to itself meanwhile: who starts beside it waits, and finds it done.
    """
    with server.read() as connection:
        before = schema.current_revision(connection)
        if before == schema.HEAD:
            return None
        schema.refuse_unknown(connection, before)
    if not schema.upgrade(_Patient(server)):
        return None
    return Upgraded(before=before, copy=None)


class _Patient:
    """The server for one who waits longer for the lock."""

    def __init__(self, server: DatabaseServer) -> None:
        self._server = server

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._server.write(lock_seconds=WAIT_SECONDS) as connection:
            yield connection
