"""The database of a server, with all that the rest of the program asks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.store.postgres import daemon_lock
from batchbell.store.postgres.changes import ServerWatch
from batchbell.store.postgres.server import DatabaseServer
from batchbell.store.postgres.suitable import require_suitable
from batchbell.store.postgres.upgrade import upgrade

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from batchbell.store.database import Transaction, Upgraded

#: Source: https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
#: A server that was set back to a copy counts once more: its start tells that.
_STATE = "SELECT pg_current_snapshot()::text, pg_postmaster_start_time()"


class PostgresDatabase(DatabaseServer):
    """A `batchbell.store.database.Database` on a PostgreSQL server."""

    def upgrade(self, now: datetime) -> Upgraded | None:
        """Bring the schema up to date; None if it is. Copies are the server's concern.

        Raises `DatabaseError`, also if the server can't keep our database.
        """
        del now
        require_suitable(self)
        return upgrade(self)

    @property
    def has_replicas(self) -> bool:
        """Yes."""
        return True

    def only_daemon(self) -> AbstractContextManager[None]:
        """Hold the daemons' lock alone. Raises `AlreadyRunningError`, `DatabaseError`."""
        return daemon_lock.daemon_lock(self, shared=False)

    def one_of_daemons(self) -> AbstractContextManager[None]:
        """Hold the daemons' lock, beside others. Raises `AlreadyRunningError`, `DatabaseError`."""
        return daemon_lock.daemon_lock(self, shared=True)

    def daemon_runs(self) -> bool:
        """Whether somebody holds the daemon's lock. Raises `DatabaseError`."""
        return daemon_lock.daemon_runs(self)

    def damage(self, transaction: Transaction) -> str | None:
        """Return None: damage is the server's to find, and then its queries fail."""
        del transaction
        return None

    def sizes(self, transaction: Transaction) -> dict[str, int]:
        """Return the size of the database at the server, bytes."""
        query = "SELECT pg_database_size(current_database())"
        return {"main": transaction.exec_driver_sql(query).scalar_one()}

    def state(self, transaction: Transaction) -> tuple[object, ...]:
        """Return which transactions it sees, of how many there are; a server counts on."""
        return tuple(transaction.exec_driver_sql(_STATE).one())

    def changes(self) -> ServerWatch:
        """Begin to notice commits. Raises `DatabaseError`."""
        return ServerWatch(self)

    def tidy(self) -> None:
        """Do nothing: the server's autovacuum does."""
