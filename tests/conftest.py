"""What holds for every test: the machine's own settings stay out, and CI skips nothing."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import time
from collections import Counter
from contextlib import ExitStack, closing, nullcontext
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from batchbell.store import schema
from batchbell.store.opening import database_at
from batchbell.store.sqlite.database import SqliteDatabase
from tests.in_memory import MEMORY, has_room
from tests.measuring import may_go_a_new_way, measure_imports, unmeasured
from tests.one_worker import OneWorkerEach
from tests.one_write import written_at_once
from tests.order import long_first, waiting_spread
from tests.shared_folder import make_shared_folder, remove_shared_folder, shared_folder
from tests.shared_statements import share_statements

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from xdist.remote import Producer

    from batchbell.store.database import Database
    from tests.postgres_server import PostgresServer

#: Set by `.ci/run`: a skipped test counts as failed, generated examples are the same every time.
REQUIRE_ALL_TESTS = os.environ.get("REQUIRE_ALL_TESTS") == "1"

#: Whether a test's coverage is measured.
IS_MEASURED = pytest.StashKey[bool]()

#: Where the workers share what takes long to start; known to who starts them, or is alone.
SHARED_FOLDER = pytest.StashKey["Path"]()

#: How many objects come to be until garbage is looked for among the youngest, and how often that is
#: until it is among the older ones. With Python's own 700 and 10 up to a tenth of the time is that.
GARBAGE = (10_000, 10, 10)

#: With `--engine` of this name the tests' databases are a server's.
POSTGRES = "postgres"

#: A developer's own key, configuration or proxy must not reach a test or a process it starts.
FOREIGN_PREFIXES = ("BATCHBELL_", "TOGETHER_")
FOREIGN_SUFFIXES = ("_PROXY", "_proxy")


def pytest_configure(config: pytest.Config) -> None:
    """Clean the environment, choose how examples are generated, and compile statements once."""
    share_statements()
    if not hasattr(config, "workerinput"):
        config.stash[SHARED_FOLDER] = make_shared_folder()
        # A machine that boots has devices, which a folder in memory may not have.
        if config.getoption("markexpr") != "system" and has_room():
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    for name in list(os.environ):
        if name.startswith(FOREIGN_PREFIXES) or name.endswith(FOREIGN_SUFFIXES):
            del os.environ[name]
    # Times are shown by the reader's clock: who tests is nowhere but in UTC.
    os.environ["TZ"] = "UTC"
    time.tzset()
    # An installed program has its bytecode; without it each that a test starts takes twice as long.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # A run in the background ignores Ctrl-C, and so would every program a test starts.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # No deadline: one slow example on a busy machine says nothing about the code.
    settings.register_profile(
        "batchbell", deadline=None, derandomize=REQUIRE_ALL_TESTS, max_examples=30
    )
    settings.load_profile("batchbell")
    # For `make check` and `make test-long`.
    for name, examples in (("quick", 20), ("thorough", 100)):
        settings.register_profile(name, settings.get_profile("batchbell"), max_examples=examples)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what the workers have shared: all of them have ended."""
    if (folder := config.stash.get(SHARED_FOLDER, None)) is None:
        return
    # Its driver takes a while to import.
    from tests.postgres_server import stop_shared_postgres  # noqa: PLC0415

    stop_shared_postgres(folder)
    remove_shared_folder(folder)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Import the tests unmeasured, and look for no garbage among them: all of it stays."""
    gc.disable()
    measure_imports()
    try:
        with unmeasured():
            return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneWorkerEach | None:
    """With `--dist loadgroup`, give to one worker what belongs together."""
    return OneWorkerEach(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long, and measure no coverage where that doubles the time."""
    is_foreign = _is_of_a_file if config.getoption("--engine") == POSTGRES else _is_of_a_server
    config.hook.pytest_deselected(items=[item for item in items if is_foreign(item)])
    items[:] = long_first(item for item in items if not is_foreign(item))
    cases: Counter[str] = Counter()
    for item in items:
        test = item.nodeid.partition("[")[0]
        cases[test] += 1
        item.stash[IS_MEASURED] = may_go_a_new_way(item, cases[test])
    # After the cases are counted: the first of a test is measured, in whatever order.
    if hasattr(config, "workerinput"):
        items[:] = waiting_spread(items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure a test with its fixtures and the processes it starts, or nothing of it."""
    measured = nullcontext() if item.stash[IS_MEASURED] else unmeasured()
    with written_at_once(item.config), measured:
        return (yield)


def _is_of_a_file(item: pytest.Item) -> bool:
    return item.get_closest_marker("sqlite") is not None or "sqlite" in item.path.parts


def _is_of_a_server(item: pytest.Item) -> bool:
    return item.get_closest_marker("server") is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skipped test into a failure where all tests are required."""
    report = yield
    if REQUIRE_ALL_TESTS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped although REQUIRE_ALL_TESTS=1: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a skipped module into a failure where all tests are required."""
    report = yield
    if REQUIRE_ALL_TESTS and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped although REQUIRE_ALL_TESTS=1: {report.longrepr}"
    return report


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write tests/golden anew; read the difference"
    )
    parser.addoption(
        "--engine",
        choices=["sqlite", POSTGRES],
        default="sqlite",
        help="what keeps the tests' databases; what only the other has is left out",
    )
    parser.addoption(
        "--sequences",
        type=int,
        default=300,
        help="sequences of listings on which the fast path is compared with the plain one",
    )
    parser.addoption(
        "--triples",
        type=int,
        default=300,
        help="made-up jobs whose input, output and error file are counted, and counted plainly",
    )
    parser.addoption(
        "--kills",
        type=int,
        default=5,
        help="times that a process is killed while it keeps files of 100 MB",
    )
    parser.addoption(
        "--lives",
        type=int,
        default=50,
        help="times that a daemon is started and killed while jobs move",
    )
    parser.addoption(
        "--ends", type=int, default=200, help="jobs that end in an hour, or in one poll"
    )


@pytest.fixture
def sequences(pytestconfig: pytest.Config) -> int:
    """How many generated sequences a comparison looks at."""
    return int(pytestconfig.getoption("--sequences"))


@pytest.fixture
def ends(pytestconfig: pytest.Config) -> int:
    """How many jobs end at about the same time."""
    return int(pytestconfig.getoption("--ends"))


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated database file, whole without its log, to be copied: that is quicker."""
    database = SqliteDatabase(f"sqlite:///{tmp_path_factory.mktemp('migrated')}/batchbell.db")
    schema.upgrade(database)
    database.shorten_log()
    database.close()
    return database.path


@pytest.fixture
def triples(pytestconfig: pytest.Config) -> int:
    """How many jobs' files are counted twice."""
    return int(pytestconfig.getoption("--triples"))


@pytest.fixture
def new_url(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Generator[Callable[[], str], None, None]:
    """Makes an empty, migrated database of the engine that is tested, and returns its address."""
    if request.config.getoption("--engine") == POSTGRES:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.dropped_afterwards() as names:

            def new() -> str:
                names.append(server.new())
                return server.url(names[-1])

            yield new
        return
    migrated: Path = request.getfixturevalue("migrated")
    numbers = count()

    def copied() -> str:
        folder = tmp_path / f"state{next(numbers) or ''}"
        folder.mkdir(mode=0o700)
        return f"sqlite:///{shutil.copy(migrated, folder / 'batchbell.db')}"

    yield copied


@pytest.fixture
def new_database(
    new_url: Callable[[], str],
) -> Generator[Callable[[], Database], None, None]:
    """Makes an empty, migrated database of the engine that is tested."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(database_at(new_url())))


@pytest.fixture
def database(new_database: Callable[[], Database]) -> Database:
    """Return an empty, migrated database: of files alone for tests that are marked so."""
    return new_database()


@pytest.fixture(scope="session")
def postgres() -> PostgresServer:
    """Return a PostgreSQL server, started when a test of any worker first asks for it."""
    # Its driver takes a while to import.
    from tests.postgres_server import shared_postgres  # noqa: PLC0415

    folder = shared_folder()
    assert folder is not None
    return shared_postgres(folder)
