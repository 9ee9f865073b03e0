"""The world around the daemon: a simulated API, a mail server, a webhook receiver."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.conftest import POSTGRES
from tests.e2e.harness import RunningDaemon
from tests.loopback_receivers import HttpReceiver, MailReceiver
from tests.simulator.thread import ThreadedSimulator, running_simulator
from tests.warm_start import WarmServer, shared_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.postgres_server import PostgresServer


class StartDaemon(Protocol):
    """Starts a daemon that ends with the test at the latest.

    Its database is there already, and empty: to make one takes as long as all else of a start. With
    `anew` the daemon makes it.
    """

    def __call__(
        self, config: Mapping[str, object], *, wait: bool = True, anew: bool = False
    ) -> RunningDaemon: ...


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def other_hook() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    with MailReceiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def warm() -> WarmServer:
    return shared_server()


@contextmanager
def new_places(
    request: pytest.FixtureRequest, folder: Path, *, migrated: bool = False
) -> Iterator[Callable[[], str]]:
    """Make empty databases of the engine that is tested; '' stands for a daemon's own file."""
    if request.config.getoption("--engine") != POSTGRES:
        yield lambda: ""
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with pytest.MonkeyPatch.context() as patch, server.dropped_afterwards() as names:
        # Where the health socket of a server's database is.
        patch.setenv("STATE_DIRECTORY", str(folder))

        def new() -> str:
            names.append(server.new(migrated=migrated))
            return server.url(names[-1])

        yield new


@pytest.fixture
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes an empty database of the engine that is tested; '' stands for a daemon's own file."""
    with new_places(request, tmp_path) as new:
        yield new


@pytest.fixture
def ready_place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes such databases that have all tables."""
    with new_places(request, tmp_path, migrated=True) as new:
        yield new


@pytest.fixture
def start(
    tmp_path: Path,
    warm: WarmServer,
    new_place: Callable[[], str],
    ready_place: Callable[[], str],
    migrated: Path,
) -> Iterator[StartDaemon]:
    with ExitStack() as stack:

        def start_daemon(
            config: Mapping[str, object], *, wait: bool = True, anew: bool = False
        ) -> RunningDaemon:
            url = new_place() if anew else ready_place()
            daemon = RunningDaemon(tmp_path, config, url=url, warm=warm)
            if not (anew or url or daemon.database.exists()):
                shutil.copy(migrated, daemon.database)
            stack.push(daemon)
            return daemon.start(wait=wait)

        yield start_daemon
