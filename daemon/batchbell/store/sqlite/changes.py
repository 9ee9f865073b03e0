"""Noticing that another process committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.store.sqlite.closings import Closings

if TYPE_CHECKING:
    from batchbell.store.sqlite.file import DatabaseFile


class FileWatch:
    """Says whether anything was committed since the last question.

    Source: SQLite's `PRAGMA data_version`, which moves on commits by other connections only; the
    watch therefore keeps a connection of its own. A command closes the database when it is done:
    that is the hint to ask. A process that commits and stays is noticed no later than anything is:
    whoever waits for work looks by himself now and then.
    """

    def __init__(self, database: DatabaseFile) -> None:
        """Take the state of now as known."""
        self._connection = database.engine.raw_connection()
        # While a connection is open its write-ahead log is there.
        self._read()
        self._closings = Closings(database.log_path)
        self._version = self._read()

    @property
    def hint(self) -> int | None:
        """What can be read from once some process closed the database; None without inotify."""
        return self._closings.descriptor

    def changed(self) -> bool:
        """Return whether there was a commit since the last call."""
        self._closings.forget()
        version = self._read()
        moved, self._version = version != self._version, version
        return moved

    def close(self) -> None:
        """Give the connection back."""
        self._closings.close()
        self._connection.close()

    def _read(self) -> int:
        cursor = self._connection.cursor()
        try:
            version: int = cursor.execute("PRAGMA data_version").fetchone()[0]
        finally:
            cursor.close()
        return version
