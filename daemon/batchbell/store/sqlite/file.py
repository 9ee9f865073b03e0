"""Opening the file, and the two kinds of transactions."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import URL, Connection, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from batchbell.errors import DatabaseError
from batchbell.store.database import is_about_channel
from batchbell.store.sqlite.open_files import OpenFiles
from batchbell.store.sqlite.state import FileState
from batchbell.store.sqlite.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How long a transaction waits for another process's before it fails, seconds.
BUSY_TIMEOUT_SECONDS = 5.0

#: To this the write-ahead log shrinks again, if a long reader once made it longer, bytes.
LOG_LIMIT_BYTES = 16 * 2**20
#: Pages of the file kept in memory, KiB: the index of 100,000 jobs. With SQLite's own 2,000 a first
#: run writes each page of it some ten times.
CACHE_KIB = 6_000

_ADVICE = {
    "disk is full": "free some space; batchbell goes on by itself",
    "readonly database": "let the user batchbell runs as write to it and to its folder",
    "unable to open": "check that its folder exists and belongs to the user batchbell runs as",
    "not a database": "move the file away, or point database_url elsewhere",
    "malformed": "restore a backup made with batchbell db backup",
    "disk I/O error": "the disk fails or is gone; look at the kernel's log (journalctl -k)",
    "locked": "another process holds it for long; look for a stuck batchbell or a backup tool",
    "no such table": "run batchbell db upgrade, or start the daemon once",
}

_READ_ONLY_DISK = (
    "its disk is mounted read-only, which the system does by itself after an error (journalctl "
    "-k): mount it for writing again; batchbell goes on by itself"
)
#: What SQLite says when it may not write can have that cause.
_MAYBE_READ_ONLY = [
    _ADVICE[mark] for mark in ("readonly database", "unable to open", "disk I/O error")
]


class DatabaseFile:
    """One SQLite file; `read()` and `write()` are the only ways to its rows."""

    def __init__(
        self,
        url: str,
        *,
        read_only: bool = False,
        busy_timeout_seconds: float = BUSY_TIMEOUT_SECONDS,
    ) -> None:
        """Open nothing yet; a writer's file and folder are made at the first transaction.

        A transaction waits for `busy_timeout_seconds` for another one before it fails.
        Raises `DatabaseError` for a URL that is not a SQLite file's, or a file to read that
        isn't there.
        """
        self.path = _path_of(url)
        if read_only and not self.path.exists():
            msg = (
                f"no database at {self.path} yet: start the daemon, or point database_url "
                "(or --config) at the one the daemon uses"
            )
            raise DatabaseError(msg)
        self.engine = create_engine(_engine_url(self.path, read_only=read_only))
        prepare = _prepare_reader if read_only else _prepare_writer
        busy_ms = int(busy_timeout_seconds * 1000)
        event.listen(self.engine, "connect", lambda driver, _: prepare(driver, busy_ms))
        event.listen(self.engine, "begin", _begin)
        self._files = OpenFiles(self.path)
        self._state = FileState(self.engine)
        # SQLite would let threads look again and again, asleep for up to 100 ms in between.
        self._turns = Turns(patience_seconds=busy_timeout_seconds)
        # After it is prepared: by then its files are there.
        event.listen(self.engine, "connect", lambda _, record: self._files.opened(record.info))

    @property
    def log_path(self) -> Path:
        """Where its write-ahead log is, if there is one."""
        return self._files.log_path

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one consistent state. Raises `DatabaseError`."""
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def write(self, about: str = "") -> Iterator[Connection]:
        """Open a transaction that holds the write lock from its start; commits at the end.

        There is one at a time, whatever it is `about`; those about channels may share a commit.
        Raises `DatabaseError`, after which nothing of it is stored.
        """
        self._files.require_main()
        self._make_file()
        begin, is_small = partial(self._transaction, writes=True), is_about_channel(about)
        with self._explaining(), self._turns.transaction(begin, is_small=is_small) as connection:
            yield connection

    @property
    def is_written(self) -> bool:
        """Whether a thread of this process writes, just now."""
        return self._turns.is_taken

    def shorten_log(self) -> None:
        """Write what the write-ahead log holds into the file, and empty it if nobody reads.

        Raises `DatabaseError`.
        """
        self._outside_transactions("PRAGMA wal_checkpoint(TRUNCATE)")

    def vacuum(self) -> None:
        """Give the file's free room back; needs as much room again, and nobody beside it.

        Raises `DatabaseError`.
        """
        self._outside_transactions("VACUUM")
        self.shorten_log()

    def _outside_transactions(self, statement: str) -> None:
        self._files.require_main()
        try:
            with closing(self.engine.raw_connection()) as connection:
                self._files.require_log(connection.info)
                connection.cursor().execute(statement).fetchall()
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def close(self) -> None:
        """Close all connections."""
        self._state.close()
        self.engine.dispose()
        self._files.closed()

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        self._files.require_main()
        options = {"batchbell_writes": writes}
        with self._explaining(), self.engine.connect().execution_options(**options) as connection:
            self._files.require_log(connection.info)
            with connection.begin():
                yield connection

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._explained(error.orig) from error

    def _make_file(self) -> None:
        """Create the file with mode 0600 before SQLite would with the umask's; it copies ours."""
        # One that was open and has just been deleted is never made anew.
        if self._files.is_open or self.path.exists():
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            msg = f"can't create the database {self.path}: {error.strerror}"
            raise DatabaseError(msg) from error

    def _explained(self, error: BaseException | None) -> DatabaseError:
        reason = str(error)
        advice = next((text for mark, text in _ADVICE.items() if mark in reason), "")
        if advice in _MAYBE_READ_ONLY and _is_mounted_read_only(self.path):
            advice = _READ_ONLY_DISK
        return DatabaseError(f"database {self.path}: {reason}" + (f"; {advice}" if advice else ""))


def _path_of(url: str) -> Path:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    is_sqlite = parsed is not None and parsed.get_backend_name() == "sqlite"
    if parsed is None or not is_sqlite or parsed.database in (None, "", ":memory:"):
        # The URL itself may carry a password, so it is not repeated.
        msg = "database_url must name a SQLite file, like sqlite:////var/lib/batchbell/batchbell.db"
        raise DatabaseError(msg)
    return Path(str(parsed.database)).expanduser()


def _is_mounted_read_only(path: Path) -> bool:
    try:
        return bool(os.statvfs(path.parent).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _engine_url(path: Path, *, read_only: bool) -> URL:
    if not read_only:
        return URL.create("sqlite", database=str(path))
    uri = f"file:{quote(str(path.absolute()))}"
    return URL.create("sqlite", database=uri, query={"mode": "ro", "uri": "true"})


def _prepare_reader(connection: sqlite3.Connection, busy_ms: int) -> None:
    # The driver's own transaction handling emits no BEGIN for a SELECT: ours does.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {busy_ms}")


def _prepare_writer(connection: sqlite3.Connection, busy_ms: int) -> None:
    _prepare_reader(connection, busy_ms)
    connection.execute("PRAGMA journal_mode = WAL")
    # FULL: a commit survives a power loss, not only a crash of the process.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {LOG_LIMIT_BYTES}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("batchbell_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
