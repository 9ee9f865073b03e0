"""The schema's version: asked cheaply, moved by Alembic, which is loaded only when needed."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, inspect, text

from batchbell.errors import DatabaseError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

#: The revision this code works with; a test compares it with the newest file in `migrations/`.
HEAD = "0011"


class Writable(Protocol):
    """A database of whatever engine."""

    def write(self) -> AbstractContextManager[Connection]:
        """Open the transaction in which the schema is moved."""


def current_revision(connection: Connection) -> str | None:
    """Return the database's revision; None for a database without tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return revision


def upgrade(database: Writable) -> bool:
    """Bring the schema up to date in one transaction; say whether anything was done.

    Raises `DatabaseError` if the database is newer than this code, or can't be changed.
    """
    with database.write() as connection:
        revision = current_revision(connection)
        if revision == HEAD:
            return False
        refuse_unknown(connection, revision)
        run_migrations(connection, HEAD)
    return True


def refuse_unknown(connection: Connection, revision: str | None) -> None:
    """Raise `DatabaseError` if the database is newer than this code, or another program's."""
    _refuse_newer(revision)
    _refuse_foreign(connection, revision)


def require_current(connection: Connection) -> None:
    """Raise `DatabaseError` unless the schema is the one this code reads."""
    revision = current_revision(connection)
    if revision == HEAD:
        return
    _refuse_newer(revision)
    msg = "the database has an older schema: run batchbell db upgrade, or start the daemon once"
    raise DatabaseError(msg)


def migrations_folder() -> Path:
    """Return where the migrations lie: in the installed package, or in the source tree."""
    installed = Path(str(files("batchbell"))) / "_migrations"
    if (installed / "env.py").is_file():
        return installed
    return Path(__file__).resolve().parents[3] / "migrations"


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision > HEAD:
        msg = (
            f"the database has schema {revision}, this batchbell knows {HEAD}: install the newer "
            "batchbell that wrote it, or restore a backup"
        )
        raise DatabaseError(msg)


def _refuse_foreign(connection: Connection, revision: str | None) -> None:
    if revision is None and inspect(connection).get_table_names():
        what = "file" if connection.dialect.name == "sqlite" else "database"
        msg = (
            f"the {what} holds another program's tables: point database_url at a {what} of its own"
        )
        raise DatabaseError(msg)


def run_migrations(connection: Connection, revision: str) -> None:
    """Bring the schema up to a revision, in the caller's transaction."""
    from alembic import command  # noqa: PLC0415  (330 ms: only when behind)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
