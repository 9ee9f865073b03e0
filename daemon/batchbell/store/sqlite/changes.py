"""Noticing that somebody committed: another process, or another thread of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.store.sqlite.file import DatabaseFile


class FileWatch:
    """Says whether anything was committed since the last question.

    Source: SQLite's `PRAGMA data_version`, which moves on commits by other connections only; the
    watch therefore keeps a connection of its own.
    """

    def __init__(self, database: DatabaseFile) -> None:
        """Take the state of now as known."""
        self._connection = database.engine.raw_connection()
        self._version = self._read()

    def changed(self) -> bool:
        """Return whether there was a commit since the last call."""
        version = self._read()
        moved, self._version = version != self._version, version
        return moved

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()

    def _read(self) -> int:
        cursor = self._connection.cursor()
        try:
            version: int = cursor.execute("PRAGMA data_version").fetchone()[0]
        finally:
            cursor.close()
        return version
