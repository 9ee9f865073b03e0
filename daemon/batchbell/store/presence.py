"""Whether a daemon runs on a database, asked without getting into its way."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def daemon_runs(database: Path) -> bool:
    """Whether somebody holds the daemon's lock; a lock we may not look at counts as held.

    Nothing is created. A shared lock is held for an instant: two who ask at once don't see each
    other.
    """
    try:
        with database.with_name(database.name + ".lock").open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
