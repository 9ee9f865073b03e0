"""Whether a server, and what stands before it, can keep our database: asked at a start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.errors import DatabaseError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from batchbell.store.postgres.server import DatabaseServer

#: The oldest version that is tested against; its `server_version_num`.
OLDEST = 140000
#: How often a pooler is given the chance to show that it changes sessions.
_LOOKS = 5
_PROCESS = "SELECT pg_backend_pid()"


def require_suitable(server: DatabaseServer) -> None:
    """Raise `DatabaseError` if it is too old, keeps no Unicode, or is not one session a connection.

    What needs a session of its own are the daemon's lock and LISTEN.
    """
    with server.errors_explained(), server.engine.connect() as connection:
        version = int(_asked(connection, "SHOW server_version_num"))
        encoding = str(_asked(connection, "SHOW server_encoding"))
        is_pooled = _asked(connection, _PROCESS) != _told_process(connection)
        if is_pooled and _changes_sessions(server, connection):
            raise DatabaseError(
                f"database {server.name}: a pooler stands before it that changes the session with "
                "every transaction (pgbouncer's pool_mode = transaction): set pool_mode = session "
                "for batchbell's database, or let database_url name the server itself"
            )
    if version < OLDEST:
        raise DatabaseError(
            f"database {server.name}: the server is PostgreSQL {version // 10000}, batchbell needs "
            f"{OLDEST // 10000} or newer"
        )
    if encoding != "UTF8":
        raise DatabaseError(
            f"database {server.name}: its encoding is {encoding}, batchbell needs UTF8: create one "
            "with createdb --encoding=UTF8 --template=template0"
        )


def _changes_sessions(server: DatabaseServer, connection: Connection) -> bool:
    """Whether the same connection is served by another process once somebody else takes that."""
    first = _asked(connection, _PROCESS)
    for _ in range(_LOOKS):
        # Takes, and holds, the session that became free last.
        with server.engine.connect() as other:
            other.exec_driver_sql("BEGIN")
            taken = _asked(other, _PROCESS)
            now = _asked(connection, _PROCESS)
            other.exec_driver_sql("ROLLBACK")
        if now != first or taken == first:
            return True
    return False


def _told_process(connection: Connection) -> int:
    """Return the number that the connection was told at its start; a pooler makes up its own."""
    driver = connection.connection.driver_connection
    return int(driver.info.backend_pid)  # type: ignore[union-attr] # psycopg's


def _asked(connection: Connection, question: str) -> int | str:
    answer: int | str = connection.exec_driver_sql(question).scalar_one()
    return answer
