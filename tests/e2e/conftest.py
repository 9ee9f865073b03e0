"""The world around the daemon: a simulated API, a mail server, a webhook receiver."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.e2e.harness import RunningDaemon
from tests.e2e.warm_start import WarmServer
from tests.loopback_receivers import HttpReceiver, MailReceiver
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class StartDaemon(Protocol):
    """Starts a daemon that ends with the test at the latest."""

    def __call__(self, config: Mapping[str, object]) -> RunningDaemon: ...


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
def warm() -> Iterator[WarmServer]:
    with WarmServer() as server:
        yield server


@pytest.fixture
def start(tmp_path: Path, warm: WarmServer) -> Iterator[StartDaemon]:
    with ExitStack() as stack:

        def start_daemon(config: Mapping[str, object]) -> RunningDaemon:
            return stack.enter_context(RunningDaemon(tmp_path, config, warm=warm))

        yield start_daemon
