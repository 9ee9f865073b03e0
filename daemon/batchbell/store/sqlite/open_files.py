"""Whether the database's name still means the files that were opened under it.

A file that is deleted or replaced goes on working for whoever has it open, and is gone when they
end. Source: sqlite.org/howtocorrupt.html, sections 4.4 to 4.6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from batchbell.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path

#: A file's device and number; None if there is none of that name.
_FileId: TypeAlias = "tuple[int, int] | None"
#: Where a connection remembers the write-ahead log it works with.
_LOG = "write_ahead_log"


class OpenFiles:
    """Remembers what the open connections of one database work with; for any thread."""

    def __init__(self, path: Path) -> None:
        """Nothing is open yet."""
        self._path = path
        #: The write-ahead log. Source: https://sqlite.org/tempfiles.html
        self.log_path = path.with_name(f"{path.name}-wal")
        self._main: _FileId = None
        self._has_lost_log = False

    def opened(self, connection_info: MutableMapping[Any, Any]) -> None:
        """Note what a new connection has just opened, in its own notes as well."""
        self._main = self._main or _file_id(self._path)
        connection_info[_LOG] = _file_id(self.log_path)

    @property
    def is_open(self) -> bool:
        """Whether any connection is open, so that the database has to be there."""
        return self._main is not None

    def closed(self) -> None:
        """Forget everything: no connection is open any more."""
        self._main, self._has_lost_log = None, False

    def require_main(self) -> None:
        """Raise `DatabaseError` if the database was deleted or replaced while it was open."""
        if self._main is None:
            return
        there = _file_id(self._path)
        if there is None:
            raise DatabaseError(
                f"the database {self._path} was deleted or moved away while it was open: put "
                "it, or a backup of it, back and restart batchbell; without one it begins anew"
            )
        if there != self._main:
            raise DatabaseError(
                f"the database {self._path} was replaced by another file while it was open: "
                "restart batchbell to use the new one"
            )

    def require_log(self, connection_info: MutableMapping[Any, Any]) -> None:
        """Raise `DatabaseError` if the write-ahead log of a connection is not there any more.

        While a connection is open nobody who keeps SQLite's rules deletes it. From then on all
        connections are refused, as new ones would write a log of their own.
        """
        there = _file_id(self.log_path)
        # A new database has its log from its first write on.
        known: _FileId = connection_info.get(_LOG) or there
        connection_info[_LOG] = known
        if known != there:
            self._has_lost_log = True
        if self._has_lost_log:
            raise DatabaseError(
                f"{self.log_path} was deleted while the database was open: restart batchbell "
                "(systemctl restart, no kill), and leave the files beside a database alone"
            )


def _file_id(path: Path) -> _FileId:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DatabaseError(f"can't look at {path}: {error.strerror}") from error
    return found.st_dev, found.st_ino
