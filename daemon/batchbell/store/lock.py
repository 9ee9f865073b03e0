"""One daemon per database."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from batchbell.errors import AlreadyRunningError, DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def daemon_lock(database: Path) -> Iterator[None]:
    """Hold the lock beside the database file; the system frees it when the process dies.

    Raises `AlreadyRunningError` if somebody holds it.
    """
    path = database.with_name(database.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        msg = f"can't open the lock {path}: {error.strerror}"
        raise DatabaseError(msg) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        msg = (
            f"another batchbell already runs on {database}: stop it first "
            "(systemctl stop batchbell), or give this one its own database_url"
        )
        raise AlreadyRunningError(msg) from error
    try:
        yield
    finally:
        os.close(handle)
