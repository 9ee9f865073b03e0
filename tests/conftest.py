"""What holds for every test: the machine's own settings stay out, and CI skips nothing."""

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import is_hypothesis_test, settings

from batchbell.store import schema
from batchbell.store.sqlite.database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.postgres_server import PostgresServer

#: Set by `.ci/run`: a skipped test counts as failed, generated examples are the same every time.
REQUIRE_ALL_TESTS = os.environ.get("REQUIRE_ALL_TESTS") == "1"

#: A developer's own key, configuration or proxy must not reach a test or a process it starts.
FOREIGN_PREFIXES = ("BATCHBELL_", "TOGETHER_")
FOREIGN_SUFFIXES = ("_PROXY", "_proxy")


def pytest_configure() -> None:
    """Clean the environment and choose how examples are generated."""
    for name in list(os.environ):
        if name.startswith(FOREIGN_PREFIXES) or name.endswith(FOREIGN_SUFFIXES):
            del os.environ[name]
    # An installed program has its bytecode; without it each that a test starts takes twice as long.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # A run in the background ignores Ctrl-C, and so would every program a test starts.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # No deadline: one slow example on a busy machine says nothing about the code.
    settings.register_profile("batchbell", deadline=None, derandomize=REQUIRE_ALL_TESTS)
    settings.load_profile("batchbell")
    # For `make check`; `make test` tries properties thoroughly.
    settings.register_profile("quick", settings.get_profile("batchbell"), max_examples=20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, and measure no coverage where that doubles the time."""
    # What is begun last would keep one core busy while the others are idle.
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    # A property goes the same way example after example; of the core each branch has to be gone.
    for item in items:
        is_of_the_core = "core" in item.path.parts
        if is_hypothesis_test(getattr(item, "function", None)) and not is_of_the_core:
            item.add_marker(pytest.mark.no_cover)


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


@pytest.fixture
def sequences(pytestconfig: pytest.Config) -> int:
    """How many generated sequences a comparison looks at."""
    return int(pytestconfig.getoption("--sequences"))


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
def database(tmp_path: Path, migrated: Path) -> Generator[SqliteDatabase, None, None]:
    """An empty, migrated database file."""
    (tmp_path / "state").mkdir(mode=0o700)
    database = SqliteDatabase(
        f"sqlite:///{shutil.copy(migrated, tmp_path / 'state' / 'batchbell.db')}"
    )
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres() -> Generator[PostgresServer, None, None]:
    """A PostgreSQL server, started when a test first asks for it."""
    # Its driver takes a while to import.
    from tests.postgres_server import running_postgres  # noqa: PLC0415

    with running_postgres() as server:
        yield server
