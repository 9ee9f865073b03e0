"""An online backup: one consistent copy, while a daemon writes."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.errors import DatabaseError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.store.sqlite.file import DatabaseFile

#: What a file system without hard links says. Source: link(2).
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS})


def back_up(database: DatabaseFile, target: Path) -> int:
    """Write a compact copy, readable by its owner alone; return its size, bytes.

    `target` appears when it is complete, checked and on the disk, or not at all.
    Raises `UsageError` if it exists, `DatabaseError` if it can't be written.
    """
    if os.path.lexists(target):
        raise _exists(target)
    try:
        with _temporary_beside(target) as copy:
            _copy(database, copy)
            _check(copy)
            _put_on_disk(copy)
            size = copy.stat().st_size
            _put_in_place(copy, target)
            _put_on_disk(target.parent)
    except OSError as error:
        raise DatabaseError(f"can't write the backup {target}: {error.strerror}") from error
    except sqlite3.Error as error:
        raise DatabaseError(f"the backup of {database.path} failed: {error}") from error
    return size


@contextmanager
def _temporary_beside(target: Path) -> Iterator[Path]:
    """Make an empty file of mode 0600 in the target's folder; gone at the end unless renamed."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _copy(database: DatabaseFile, target: Path) -> None:
    # VACUUM INTO reads one snapshot: writers go on beside it, and never make it start again as the
    # backup interface does. It wants a connection outside any transaction.
    with closing(database.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute("VACUUM INTO ?", (str(target),))
        cursor.close()


def _check(copy: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection:
        (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise DatabaseError(f"the database is damaged, so the backup is too: {answer}")


def _put_in_place(copy: Path, target: Path) -> None:
    """Give the copy its name; whoever made a file of that name meanwhile keeps it."""
    try:
        target.hardlink_to(copy)
    except FileExistsError:
        raise _exists(target) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A file system without links, as on many a USB stick: the name is taken first.
        try:
            target.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            raise _exists(target) from None
        copy.rename(target)


def _exists(target: Path) -> UsageError:
    return UsageError(f"{target} exists and is not overwritten: give another name")


def _put_on_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
