"""Looking into a daemon's database from beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.waiting import wait_until
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.postgres_server import ServerRow

    #: Its values are had by their columns' places or names.
    Row = sqlite3.Row | ServerRow


class BellDatabase:
    """What a daemon, wherever it runs, has written so far."""

    def __init__(self, folder: Path, *, url: str = "") -> None:
        """Without an address it is a file in the folder, which need not be there yet."""
        self.database = folder / "bell.db"
        self.url = url or f"sqlite:///{self.database}"
        self.config_file = folder / "batchbell.toml"

    def rows(self, query: str, *values: object) -> Sequence[Row]:
        """Read the database beside the daemon."""
        if self.url.startswith("postgres"):
            # Its driver takes a while to import.
            from tests.postgres_server import rows_of  # noqa: PLC0415

            return rows_of(self.url, query.replace("?", "%s"), values)
        uri = f"{self.database.as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=TIMEOUT_SECONDS)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()

    def value(self, query: str, *values: object) -> Any:
        """Return the first column of the first row, None without one."""
        found = self.rows(query, *values)
        return found[0][0] if found else None

    def stored(self) -> bytes:
        """Return all that is in it, as its files or a server's rows have it."""
        if not self.url.startswith("postgres"):
            files = (Path(f"{self.database}{ending}") for ending in ("", "-wal"))
            return b"".join(file.read_bytes() for file in files if file.exists())
        tables = self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [row for (name,) in tables for row in self.rows(f"SELECT t::text FROM {name} AS t")]
        return "\n".join(text for (text,) in rows).encode()

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
