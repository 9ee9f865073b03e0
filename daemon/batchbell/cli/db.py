"""batchbell db: bring the database up to date, back it up, make it smaller, move it elsewhere."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchbell.config import database_url
from batchbell.config.urls import check_database_url
from batchbell.errors import UsageError

if TYPE_CHECKING:
    from batchbell.cli.root import Invocation


@click.group("db")
def command() -> None:
    """Upgrade, back up, shrink or move the database."""


@command.command()
@click.pass_obj
def upgrade(invocation: Invocation) -> None:
    """Bring the schema up to date; run and poll do so themselves. Needs the daemon stopped.

    What was there is copied first, beside the database; the three youngest copies are kept.
    """
    from batchbell.store import schema
    from batchbell.store.opening import database_at

    database = database_at(database_url(invocation.config_file, os.environ))
    with database.only_daemon():
        upgraded = database.upgrade(datetime.now(UTC))
    if upgraded is None:
        click.echo(f"{database.name}: already at schema {schema.HEAD}, nothing to do")
        return
    before = "nothing" if upgraded.before is None else f"schema {upgraded.before}"
    click.echo(f"{database.name}: upgraded from {before} to schema {schema.HEAD}")
    if upgraded.copy is not None:
        click.echo(f"{upgraded.copy}: as it was before")


@command.command()
@click.pass_obj
def vacuum(invocation: Invocation) -> None:
    """Give the room of deleted rows back to the disk; needs the daemon stopped.

    The database needs its own size again meanwhile. Rarely worth it: the room is used again.
    """
    from batchbell.store import schema
    from batchbell.store.sqlite.database import SqliteDatabase

    url = _file_url(invocation, "its autovacuum gives room back")
    database = SqliteDatabase(url)
    # Asked first, so that no file is made of a mistyped address.
    SqliteDatabase(url, read_only=True).close()
    with database.only_daemon():
        with database.read() as connection:
            schema.require_current(connection)
        before = database.path.stat().st_size
        database.vacuum()
        after = database.path.stat().st_size
    click.echo(f"{database.path}: {before / 1024:,.0f} KiB before, {after / 1024:,.0f} KiB now")


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(invocation: Invocation, file: Path) -> None:
    """Copy the database to FILE, also while the daemon runs.

    FILE must not exist. It is complete and checked when it appears. To restore it, stop the daemon,
    remove the database with its -wal and -shm files, and put the copy in its place.
    """
    from batchbell.store.sqlite.backup import back_up
    from batchbell.store.sqlite.database import SqliteDatabase

    url = _file_url(invocation, "copy it with pg_dump --format=custom --file=FILE DATABASE")
    database = SqliteDatabase(url, read_only=True)
    size = back_up(database, file)
    click.echo(f"{file}: {size / 1024:,.0f} KiB, checked; a copy of {database.path}")


@command.command()
@click.argument("from_url")
@click.argument("to_url")
def copy(from_url: str, to_url: str) -> None:
    """Copy everything at FROM_URL into the empty database TO_URL, another engine's for example.

    Both are addresses as database_url takes them; no daemon may run on either. All rows are
    compared before they are there; if anything fails, none is. Then point database_url at TO_URL.
    A password is better in $PGPASSWORD or ~/.pgpass than in an address that others can see.
    """
    from batchbell.cli.terminal.row_progress import row_progress
    from batchbell.store.copying import copy_all
    from batchbell.store.opening import database_at

    if _checked(from_url) == _checked(to_url):
        raise UsageError("both addresses are the same database")
    source, target = database_at(from_url, read_only=True), database_at(to_url)
    with closing(source), closing(target), row_progress() as observe:
        copied = copy_all(source, target, datetime.now(UTC), observe=observe)
    for table in copied:
        click.echo(f"{table.name}: {table.rows:,} rows, sha256 {table.checksum[:16]}")
    rows = sum(table.rows for table in copied)
    click.echo(f"{target.name}: {rows:,} rows, each as in {source.name}")


def _checked(url: str) -> str:
    try:
        return check_database_url(url)
    except ValueError as error:
        raise UsageError(f"a database's address {error}") from None


def _file_url(invocation: Invocation, instead: str) -> str:
    """Return the address of a SQLite file. Raises UsageError for another engine's."""
    url = database_url(invocation.config_file, os.environ)
    if not url.startswith("sqlite:"):
        raise UsageError(f"the database is PostgreSQL's: {instead}")
    return url
