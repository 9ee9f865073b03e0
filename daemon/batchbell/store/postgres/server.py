"""Opening the database of a server, and the two kinds of transactions."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg.types.string import StrDumper
from sqlalchemy import create_engine, event

from batchbell.core.text import harmless_text
from batchbell.store.database import is_leased
from batchbell.store.postgres import scope
from batchbell.store.postgres.address import engine_url, shown_name
from batchbell.store.postgres.trouble import ERRORS, explained, is_lost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import URL, Connection, Engine

#: Connections that are kept, and how many more there may be: one for each of the daemon's threads.
KEPT_CONNECTIONS = 4
MORE_CONNECTIONS = 16
#: How long a thread waits for one of them, seconds.
POOL_SECONDS = 10.0
#: What the server is told of each of them. It would take more than two hours to notice that the
#: machine at the other end is gone without a word, and keep what it locked that long: so it takes
#: half a minute, as it does in the other direction (`address.py`). A Unix socket takes no notice.
#: Source: https://www.postgresql.org/docs/current/runtime-config-connection.html
_KEEPALIVES = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; "
    "SET tcp_user_timeout = 20000"
)


class DatabaseServer:
    """One database of a server; `read()` and `write()` are the only ways to its rows."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        """Open nothing yet. Raises `DatabaseError` for an address that is none."""
        address = engine_url(url, read_only=read_only)
        self._name = shown_name(address)
        self.engine = _engine(address)
        self._fence: Callable[[Connection, str], None] | None = None
        self._writing: set[Connection] = set()

    @property
    def name(self) -> str:
        """Host and database; no user, no password."""
        return self._name

    @property
    def path(self) -> None:
        """It has no file here."""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one consistent state. Raises `DatabaseError`."""
        with self._transaction(scope.begin_reading()) as connection:
            yield connection

    @contextmanager
    def write(
        self, about: str = "", *, lock_seconds: float = scope.LOCK_SECONDS
    ) -> Iterator[Connection]:
        """Open a transaction that holds its locks from its start; commits at the end.

        Raises `DatabaseError`, after which nothing of it is stored, unless the connection was lost
        while it was committed.
        """
        with self._transaction(scope.begin_writing(about, lock_seconds=lock_seconds)) as connection:
            self._writing.add(connection)
            try:
                if self._fence is not None and is_leased(about):
                    self._fence(connection, about)
                yield connection
            finally:
                self._writing.discard(connection)

    @property
    def is_written(self) -> bool:
        """Whether a thread of this process writes, just now."""
        return bool(self._writing)

    def fence(self, check: Callable[[Connection, str], None]) -> None:
        """Ask this first in every transaction about an account or a channel: it may refuse."""
        self._fence = check

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def errors_explained(self) -> Iterator[None]:
        """Raise what the driver raises as a `DatabaseError`."""
        try:
            yield
        except ERRORS as error:
            raise explained(self._name, error) from error

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        with self.errors_explained(), self._begun(begin) as connection:
            yield connection

    @contextmanager
    def _begun(self, begin: str) -> Iterator[Connection]:
        connection = self._connected(begin)
        with connection, connection.begin():
            yield connection

    def _connected(self, begin: str) -> Connection:
        """Return a connection in a transaction; of one that was lost while it was idle, a new one.

        That is as sure as asking each connection first whether it works, and no round trip more.
        """
        try:
            return self._begin_on(begin)
        except ERRORS as error:
            if not is_lost(error):
                raise
            # The others went with it.
            self.engine.dispose()
            return self._begin_on(begin)

    def _begin_on(self, begin: str) -> Connection:
        connection = self.engine.connect()
        try:
            driver = connection.connection.driver_connection
            # Never prepared: it is several statements.
            driver.execute(begin, prepare=False)  # type: ignore[union-attr] # psycopg's
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        return connection


class HarmlessText(StrDumper):
    """Writes texts; what PostgreSQL can't keep, a NUL or a lone surrogate, becomes U+FFFD.

    Texts from outside are cleaned where they come in: this is the net below.
    """

    def dump(self, obj: str) -> bytes | bytearray | memoryview | None:
        """Return it as the server takes it."""
        try:
            return super().dump(obj)
        except (psycopg.DataError, UnicodeEncodeError):
            return super().dump(harmless_text(obj))


def _engine(address: URL) -> Engine:
    # Autocommit as the driver sees it: our BEGIN, with all that belongs to it, is one message.
    engine = create_engine(
        address,
        isolation_level="AUTOCOMMIT",
        pool_size=KEPT_CONNECTIONS,
        max_overflow=MORE_CONNECTIONS,
        pool_timeout=POOL_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: psycopg.Connection, _record: object) -> None:
    connection.adapters.register_dumper(str, HarmlessText)
    # Not among the options of the connection's start: a pooler refuses those.
    connection.execute(_KEEPALIVES, prepare=False)
