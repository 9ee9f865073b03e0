"""A daemon with jobs of every kind, and a browser to look at its page."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Protocol

import pytest
from playwright.sync_api import expect

from docs.pictures.browser import NoBrowserError, running_chromium
from tests.browser.scene import Scene, play
from tests.browser.window import TIMEOUT_MILLISECONDS, Visit
from tests.e2e.harness import RunningDaemon, config, json_url
from tests.loopback_receivers import HttpReceiver
from tests.simulator.thread import running_simulator
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from playwright.sync_api import Browser


class OpenVisit(Protocol):
    """Opens a window; at the end of the test nothing may have gone wrong in it."""

    def __call__(self, *, expected: tuple[str, ...] = (), **options: Any) -> Visit: ...


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Not for longer than a module: while it is there, no other event loop can run in this process.
    expect.set_options(timeout=TIMEOUT_MILLISECONDS)
    try:
        with running_chromium() as chromium:
            yield chromium
    except NoBrowserError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with running_simulator() as api, HttpReceiver() as hook:
        # The same port after a restart.
        page = {"listen": f"127.0.0.1:{_free_port()}"}
        settings = {**config(api.base_url, {"hook": json_url(hook)}), "web": page}
        folder = tmp_path_factory.mktemp("browser")
        with RunningDaemon(folder, settings, warm=shared_server()) as bell:
            yield play(api, bell, settings)


@pytest.fixture
def visit(browser: Browser, scene: Scene) -> Iterator[OpenVisit]:
    visits: list[tuple[Visit, tuple[str, ...]]] = []

    def open_visit(*, expected: tuple[str, ...] = (), **options: Any) -> Visit:
        opened = Visit(browser, scene.address, **options)
        visits.append((opened, expected))
        return opened

    yield open_visit
    for opened, expected in visits:
        opened.close()
        unexpected = [
            said for said in opened.complaints if not any(word in said for word in expected)
        ]
        assert not unexpected
        assert not opened.foreign_requests


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port: int = holder.getsockname()[1]
        return port
