"""Is the database there, sound, writable and up to date; does a daemon run on it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from batchbell.cli.doctor.finding import doubtful, fine, wrong
from batchbell.cli.terminal.health_lines import replica_words
from batchbell.errors import DatabaseError
from batchbell.store import schema
from batchbell.store.opening import database_at
from batchbell.store.views.replicas import replica_views

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batchbell.cli.doctor.finding import Finding
    from batchbell.store.database import Database

#: Less free space than this is told, bytes; a year of a busy account takes about as much.
LITTLE_SPACE = 200 * 2**20
#: Less than this will soon stop every write, bytes.
NO_SPACE = 10 * 2**20

_SUBJECT = "database"
#: What to type where no daemon runs.
_RUN = "Run it", "batchbell run"


def check_database(url: str) -> tuple[Database | None, list[Finding]]:
    """Look at the database; return it if its rows can be read."""
    try:
        path = database_at(url).path
        if path is not None and not path.exists():
            return None, list(_about_place(path))
        database = database_at(url, read_only=True)
        findings, readable = _about_contents(database)
        if path is not None:
            findings += [*_about_file(path), _about_space(path.parent)]
        findings.append(_about_daemon(database))
        findings += _about_replicas(database) if readable else []
    except DatabaseError as error:
        return None, [wrong(_SUBJECT, str(error))]
    return database if readable else None, findings


def _about_contents(database: Database) -> tuple[list[Finding], bool]:
    """Return what is found, and whether the schema is one we can read."""
    with database.read() as connection:
        damage = database.damage(connection)
        if damage is not None:
            detail, _, advice = damage.rpartition("; ")
            return [wrong(_SUBJECT, detail, advice)], False
        size = database.sizes(connection)["main"] / 2**20
        sound = fine(_SUBJECT, f"{database.name} is sound ({size:.1f} MiB)")
        try:
            schema.require_current(connection)
        except DatabaseError as error:
            return [sound, wrong("schema", str(error))], False
    return [sound, fine("schema", f"{schema.HEAD}, up to date")], True


def _about_file(path: Path) -> Iterator[Finding]:
    closed = [
        str(place)
        for place, wanted in ((path, os.R_OK | os.W_OK), (path.parent, os.W_OK | os.X_OK))
        if not os.access(place, wanted)
    ]
    if closed:
        yield wrong(
            _SUBJECT,
            f"this user may not write {' and '.join(closed)}",
            "if the daemon runs as another user, ask as that one; else put the owner right",
        )
    if path.stat().st_mode & 0o077:
        yield doubtful(_SUBJECT, f"others may read {path}", "", ("Close it", f"chmod 600 {path}"))


def _about_place(path: Path) -> Iterator[Finding]:
    """Look at where the database will be; makes nothing."""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if os.access(folder, os.W_OK | os.X_OK):
        yield doubtful(
            _SUBJECT,
            f"{path} is not there yet",
            "the daemon makes it",
            _RUN,
        )
    else:
        advice = "put the folder's owner right, or point database_url elsewhere"
        yield wrong(_SUBJECT, f"{path} can't be made: {folder} is closed to this user", advice)
    yield _about_space(folder)


def _about_space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    detail = f"{free / 2**30:,.1f} GiB free at {folder}"
    if free < LITTLE_SPACE:
        detail = f"only {free / 2**20:,.0f} MiB free at {folder}"
        judged = wrong if free < NO_SPACE else doubtful
        return judged("disk space", detail, "free some space; a full disk stops batchbell's memory")
    return fine("disk space", detail)


def _about_replicas(database: Database) -> Iterator[Finding]:
    with database.read() as connection:
        views = replica_views(connection)
    for view in views:
        subject, words = f"replica {view.replica.name}", replica_words(view)
        if view.differs:
            yield doubtful(subject, words, "let all replicas read the same configuration")
        elif view.is_alive:
            yield fine(subject, words)
        else:
            yield doubtful(subject, words, "see whether it should run; else it is soon forgotten")


def _about_daemon(database: Database) -> Finding:
    if database.daemon_runs():
        return fine("daemon", "runs on this database")
    return doubtful("daemon", "does not run", "start it, or poll by cron", _RUN)
