"""The database as one SQLite file, with all that the rest of the program asks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.store.sqlite import checkup, lock
from batchbell.store.sqlite.changes import FileWatch
from batchbell.store.sqlite.file import DatabaseFile
from batchbell.store.sqlite.upgrade import upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from batchbell.store.database import Transaction, Upgraded


class SqliteDatabase(DatabaseFile):
    """A `batchbell.store.database.Database` in one file."""

    @property
    def name(self) -> str:
        """Its path."""
        return str(self.path)

    def upgrade(self, now: datetime) -> Upgraded | None:
        """Copy the file beside itself, then bring its schema up to date; None if it is.

        Raises `DatabaseError`.
        """
        return upgrade(self, now)

    @property
    def has_replicas(self) -> bool:
        """No: it is one machine's."""
        return False

    def one_of_daemons(self) -> AbstractContextManager[None]:
        """Be its one daemon. Raises `AlreadyRunningError`."""
        return self.only_daemon()

    def fence(self, check: Callable[[Transaction, str], None]) -> None:
        """Do nothing: its daemon is alone."""

    def only_daemon(self) -> AbstractContextManager[None]:
        """Hold the lock beside the file. Raises `AlreadyRunningError`."""
        return lock.daemon_lock(self.path)

    def daemon_runs(self) -> bool:
        """Whether somebody holds the lock beside the file; nothing is created."""
        return lock.daemon_runs(self.path)

    def damage(self, transaction: Transaction) -> str | None:
        """Return the first thing that is found broken, and what to do; None of a sound file."""
        found = checkup.damage(transaction)
        return None if found is None else f"{self.path} is damaged: {found}; {checkup.ADVICE}"

    def sizes(self, transaction: Transaction) -> dict[str, int]:
        """Return how large the file and its write-ahead log are, bytes; 0 if not there."""
        del transaction
        parts = {"main": self.path, "wal": self.log_path}
        return {name: file.stat().st_size if file.exists() else 0 for name, file in parts.items()}

    def state(self, transaction: Transaction) -> Hashable | None:
        """Return what tells the state it sees from every other one; None if nothing does."""
        return self._state.seen_by(transaction)

    def changes(self) -> FileWatch:
        """Begin to notice commits."""
        return FileWatch(self)

    def tidy(self) -> None:
        """Shorten the write-ahead log. Raises `DatabaseError`."""
        self.shorten_log()
