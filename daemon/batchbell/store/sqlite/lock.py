"""One daemon per database."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from batchbell.errors import AlreadyRunningError, DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


#: Who only asks whether a daemon runs holds the lock for an instant: a start waits that out.
TIMEOUT_SECONDS = 0.2
_PAUSE_SECONDS = 0.02


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
        msg = f"can't open the lock {path}: {error.strerror}; let batchbell write to its folder"
        raise DatabaseError(msg) from error
    try:
        if not _locked(handle):
            msg = (
                f"another batchbell already runs on {database}: stop it first "
                "(systemctl stop batchbell), or give this one its own database_url"
            )
            raise AlreadyRunningError(msg)
        yield
    finally:
        os.close(handle)


def daemon_runs(database: Path) -> bool:
    """Whether somebody holds the daemon's lock; a lock we may not look at counts as held.

    Nothing is created.
    """
    try:
        with database.with_name(database.name + ".lock").open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _locked(handle: int) -> bool:
    give_up_at = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= give_up_at:
                return False
            time.sleep(_PAUSE_SECONDS)
        else:
            return True
