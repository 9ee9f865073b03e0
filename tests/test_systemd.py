"""What arrives at systemd's socket, here a real one of our own."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from typing import TYPE_CHECKING

import pytest

from batchbell.errors import UnavailableError
from batchbell.poll import PollReport
from batchbell.systemd import STATUS_LIMIT, Systemd
from tests.fakes import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Socket:
    """The manager's end."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.settimeout(0.0)
        self.got: list[str] = []

    def read(self) -> list[str]:
        """Return all messages so far."""
        while True:
            try:
                self.got.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return self.got

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Socket]:
    path = str(tmp_path / "notify")
    listening = Socket(path if request.param == "path" else f"@{path}")
    yield listening
    listening.close()


def manager(systemd: Socket, *hung: str, **environ: str) -> Systemd:
    return Systemd({"NOTIFY_SOCKET": systemd.address, **environ}, lambda: hung)


def test_ready_comes_with_a_status(systemd: Socket) -> None:
    manager(systemd).ready()
    assert systemd.read() == ["READY=1\nSTATUS=not polled yet"]


def test_a_reload_tells_its_time(systemd: Socket) -> None:
    before = time.monotonic_ns() // 1_000
    manager(systemd).reloading()
    (message,) = systemd.read()
    first, at, _ = message.splitlines()
    assert first == "RELOADING=1"
    assert before <= int(at.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1_000


def test_the_status_has_jobs_and_the_last_poll_of_every_account(systemd: Socket) -> None:
    service = manager(systemd)
    service.polled(PollReport(account="prod", jobs=120, running=4))
    error = UnavailableError("api is\nunavailable " + "x" * 900)
    service.polled(PollReport(account="dev", error=error, failures=3))
    first, second = systemd.read()
    assert first.startswith("STATUS=prod: 120 jobs, 4 running, polled ")
    assert "; dev: failing (3 polls, " in second
    assert "\n" not in second
    assert len(second) == len("STATUS=") + STATUS_LIMIT


def test_the_end_is_told(systemd: Socket) -> None:
    manager(systemd).stopping()
    assert systemd.read() == ["STOPPING=1\nSTATUS=stopping"]


async def test_the_watchdog_is_fed_while_work_goes_on(systemd: Socket) -> None:
    service = manager(systemd, WATCHDOG_USEC="20000", WATCHDOG_PID=str(os.getpid()))
    feeding = asyncio.create_task(service.feed())
    await eventually(lambda: systemd.read().count("WATCHDOG=1") >= 3)
    feeding.cancel()


async def test_it_starves_while_work_hangs_and_the_log_says_of_what(
    systemd: Socket, caplog: pytest.LogCaptureFixture
) -> None:
    hung = ["poll of default: no sign of life"]
    environ = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "8000"}
    service = Systemd(environ, lambda: tuple(hung))
    with caplog.at_level(logging.ERROR):
        feeding = asyncio.create_task(service.feed())
        await eventually(lambda: "not fed any more: poll of default" in caplog.text)
        assert systemd.read() == []
        hung.clear()
        await eventually(lambda: "WATCHDOG=1" in systemd.read())
    feeding.cancel()
    assert caplog.text.count("not fed any more") == 1


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "x"},
        {"WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"},
    ],
)
async def test_without_a_watchdog_of_ours_nothing_is_fed(
    systemd: Socket, environ: dict[str, str]
) -> None:
    await asyncio.wait_for(manager(systemd, **environ).feed(), 5)
    assert systemd.read() == []


def test_outside_systemd_and_with_a_dead_socket_nothing_happens(tmp_path: Path) -> None:
    Systemd({}, list).ready()
    Systemd({"NOTIFY_SOCKET": str(tmp_path / "gone")}, list).ready()
