"""`batchbell db`: bring the database up to date, or copy it while it is in use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchbell.config import database_url

if TYPE_CHECKING:
    from batchbell.cli.root import Invocation
    from batchbell.store.database import Database


@click.group("db")
def command() -> None:
    """Upgrade or back up the database."""


@command.command()
@click.pass_obj
def upgrade(invocation: Invocation) -> None:
    """Bring the schema up to date; `run` and `poll` do so themselves."""
    from batchbell.store import schema
    from batchbell.store.database import Database

    database = Database(database_url(invocation.config_file, os.environ))
    before = _revision(database)
    if schema.upgrade(database):
        click.echo(f"{database.path}: upgraded from {before} to schema {schema.HEAD}")
    else:
        click.echo(f"{database.path}: already at schema {schema.HEAD}, nothing to do")


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(invocation: Invocation, file: Path) -> None:
    """Copy the database to FILE, also while the daemon runs.

    FILE must not exist. It is complete and checked when it appears. To restore it, stop the daemon,
    remove the database with its -wal and -shm files, and put the copy in its place.
    """
    from batchbell.cli.reading import open_database
    from batchbell.store.backup import back_up

    database = open_database(invocation.config_file)
    size = back_up(database, file)
    click.echo(f"{file}: {size / 1024:,.0f} KiB, checked; a copy of {database.path}")


def _revision(database: Database) -> str:
    """Return the schema in words, without making a file."""
    from batchbell.store import schema

    if not database.path.exists():
        return "nothing"
    with database.read() as connection:
        revision = schema.current_revision(connection)
    return "an empty file" if revision is None else f"schema {revision}"
