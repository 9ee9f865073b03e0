"""Whether a database is sound, for the daemon, `doctor` and `db backup`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: What to do about damage.
ADVICE = "stop the daemon and restore a backup made with batchbell db backup"


def damage(connection: Connection) -> str | None:
    """Return the first thing SQLite's quick_check finds wrong, None for a sound file."""
    answer: str = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    return None if answer == "ok" else answer
