"""The database at an address: the address says which engine keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.errors import DatabaseError

if TYPE_CHECKING:
    from batchbell.store.database import Database


def database_at(url: str, *, read_only: bool = False) -> Database:
    """Return the database of a checked `database_url`; nothing is opened yet.

    Raises `DatabaseError` if its engine is not installed, or a file to read isn't there.
    """
    if url.startswith("postgres"):
        # psycopg takes 60 ms that SQLite users need not wait.
        try:
            from batchbell.store.postgres.database import PostgresDatabase  # noqa: PLC0415
        except ModuleNotFoundError as error:
            if error.name != "psycopg":
                raise
            msg = "PostgreSQL needs its driver: pip install 'batchbell[postgres]', then start again"
            raise DatabaseError(msg) from error
        return PostgresDatabase(url, read_only=read_only)
    from batchbell.store.sqlite.database import SqliteDatabase  # noqa: PLC0415

    return SqliteDatabase(url, read_only=read_only)
