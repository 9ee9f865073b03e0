"""Looking into a daemon's database from beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.e2e.waiting import wait_until
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from pathlib import Path


class BellDatabase:
    """What a daemon, wherever it runs, has written so far."""

    def __init__(self, folder: Path) -> None:
        """The database and the configuration file need not be there yet."""
        self.database = folder / "bell.db"
        self.config_file = folder / "batchbell.toml"

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Read the database beside the daemon."""
        uri = f"{self.database.as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=TIMEOUT_SECONDS)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()

    def value(self, query: str, *values: object) -> Any:
        """Return the first column of the first row, None without one."""
        found = self.rows(query, *values)
        return found[0][0] if found else None

    def told(self) -> list[str]:
        """Return the kinds of all events so far, in their order."""
        return [row[0] for row in self.rows("SELECT kind FROM events ORDER BY id")]

    def wait_until_delivered(self) -> None:
        """Wait until nothing is pending any more."""
        query = "SELECT count(*) FROM notifications WHERE state = 'pending'"
        wait_until(lambda: self.value(query) == 0, "the end of all deliveries")

    def wait_for_polls(self, count: int = 2, *, account: str = "default") -> None:
        """Wait for good polls to be recorded; the second one began after this call."""
        query = "SELECT last_good_poll_at FROM accounts WHERE name = ?"
        seen = {self.value(query, account)}

        def polled() -> bool:
            seen.add(self.value(query, account))
            return len(seen) > count

        wait_until(polled, f"{count} good polls")
