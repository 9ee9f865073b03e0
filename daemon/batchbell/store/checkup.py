"""What `doctor` asks of a database: is it sound, and does a daemon run on it."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection


def damage(connection: Connection) -> str | None:
    """Return the first thing SQLite's quick_check finds wrong, None for a sound file."""
    answer: str = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    return None if answer == "ok" else answer


def daemon_runs(database: Path) -> bool:
    """Tell whether somebody holds the daemon lock; makes no file."""
    try:
        handle = os.open(database.with_name(database.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Shared, and given back within microseconds: it may only fail beside a daemon's lock.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
