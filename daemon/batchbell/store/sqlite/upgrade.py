"""The upgrade of a database that is in use: never without a copy of what was there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.errors import DatabaseError, UsageError
from batchbell.store import schema
from batchbell.store.database import Upgraded
from batchbell.store.sqlite.backup import back_up

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from batchbell.store.sqlite.file import DatabaseFile

#: Copies made before upgrades that are kept, the youngest ones.
KEPT_COPIES = 3


def upgrade(database: DatabaseFile, now: datetime) -> Upgraded | None:
    """Copy the database beside itself, then bring its schema up to date; None if it is.

    The copy's name has the schema it holds. Raises `DatabaseError` if the database is newer than
    this code, or can't be copied (nothing is changed then) or changed.
    """
    before = None
    if database.path.exists():
        with database.read() as connection:
            before = schema.current_revision(connection)
            schema.refuse_unknown(connection, before)
    copy = _copy_of(database, before, now) if before not in {None, schema.HEAD} else None
    return Upgraded(before=before, copy=copy) if schema.upgrade(database) else None


def _copy_of(database: DatabaseFile, revision: str | None, now: datetime) -> Path:
    path = database.path
    copy = path.with_name(f"{path.name}.schema-{revision}.{now:%Y%m%dT%H%M%SZ}.backup")
    try:
        back_up(database, copy)
    except (DatabaseError, UsageError) as error:
        raise DatabaseError(
            f"not upgraded, as no copy could be made first: {error}; make room beside {path} for "
            "a file of its size, then start again"
        ) from error
    # Their names sort by schema, then by time.
    for old in sorted(path.parent.glob(f"{path.name}.schema-*.backup"))[:-KEPT_COPIES]:
        old.unlink(missing_ok=True)
    return copy
