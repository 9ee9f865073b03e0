"""What arrives at systemd's socket, here a real one of our own."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

import pytest

from batchbell.core.event import Severity
from batchbell.errors import UnavailableError
from batchbell.runtime.systemd import ERROR_LIMIT, STATUS_LIMIT, Systemd
from batchbell.usecases.poll import PollReport
from tests.fakes import START, eventually
from tests.notify_socket import NotifySocket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["path", "abstract"])
def notify(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NotifySocket]:
    with NotifySocket(tmp_path / "notify", abstract=request.param == "abstract") as socket:
        yield socket


def systemd(notify: NotifySocket, *hung: str, **environ: str) -> Systemd:
    told_by_systemd = {"NOTIFY_SOCKET": notify.address, **environ}
    return Systemd(told_by_systemd, hung=lambda: hung, now=lambda: START)


def test_ready_comes_with_a_status(notify: NotifySocket) -> None:
    systemd(notify).ready(["prod", "dev"])
    assert notify.read() == ["READY=1\nSTATUS=prod: not polled yet; dev: not polled yet"]


def test_a_reload_tells_its_time(notify: NotifySocket) -> None:
    before = time.monotonic_ns() // 1_000
    systemd(notify).reloading()
    (message,) = notify.read()
    first, at, _ = message.splitlines()
    assert first == "RELOADING=1"
    assert before <= int(at.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1_000


def test_the_status_has_jobs_and_the_last_good_poll_of_every_account(notify: NotifySocket) -> None:
    service = systemd(notify)
    service.polled(PollReport(account="prod", jobs=120, running=4))
    service.polled(PollReport(account="dev", error=UnavailableError("no answer"), failures=1))
    service.polled(PollReport(account="prod", error=UnavailableError("HTTP 503"), failures=3))
    service.polled(PollReport(account="prod", jobs=1, running=0))
    good = f"running, polled {START:%Y-%m-%d %H:%M:%S} UTC"
    dev = "dev: not polled yet, 1 failed since: no answer"
    assert notify.read() == [
        f"STATUS=prod: 120 jobs, 4 {good}",
        f"STATUS=prod: 120 jobs, 4 {good}; {dev}",
        f"STATUS=prod: 120 jobs, 4 {good}, 3 failed since: HTTP 503; {dev}",
        f"STATUS=prod: 1 job, 0 {good}; {dev}",
    ]


def test_the_status_says_how_badly_an_account_stands(notify: NotifySocket) -> None:
    service = systemd(notify)
    for severity in (Severity.SUCCESS, Severity.WARNING, Severity.FAILURE):
        service.polled(PollReport(account="prod", jobs=1, severity=severity))
    names = [line.removeprefix("STATUS=").partition(": ")[0] for line in notify.read()]
    assert names == ["prod", "prod (warning)", "prod (failure)"]


def test_an_account_that_a_reload_removed_is_no_longer_in_the_status(notify: NotifySocket) -> None:
    service = systemd(notify)
    service.ready(["prod", "dev"])
    service.polled(PollReport(account="dev", jobs=7))
    service.ready(["dev"])
    last = notify.read()[-1]
    assert last.startswith("READY=1\nSTATUS=dev: 7 jobs, ")
    assert "prod" not in last


def test_the_status_is_one_short_line_whatever_the_error_says(notify: NotifySocket) -> None:
    service = systemd(notify)
    nasty = UnavailableError("api is\nunavailable\x1b[2J \ud800" + "x" * 900)
    service.polled(PollReport(account="one", error=nasty, failures=1))
    for number in range(30):
        service.polled(PollReport(account=f"account_{number}", jobs=1))
    first, last = notify.read()[0], notify.read()[-1]
    words = first.partition("since: ")[2]
    assert words.startswith("api is unavailable")
    assert words.isprintable()
    assert len(words) == ERROR_LIMIT
    assert len(last) == len("STATUS=") + STATUS_LIMIT


def test_the_end_is_told(notify: NotifySocket) -> None:
    systemd(notify).stopping()
    assert notify.read() == ["STOPPING=1\nSTATUS=stopping"]


def test_a_program_started_later_can_not_speak_for_the_daemon(notify: NotifySocket) -> None:
    environ = {
        "NOTIFY_SOCKET": notify.address,
        "WATCHDOG_USEC": "1",
        "WATCHDOG_PID": "1",
        "CREDENTIALS_DIRECTORY": "/run/credentials/batchbell.service",
    }
    Systemd(environ, hung=list, now=lambda: START).stopping()
    assert set(environ) == {"CREDENTIALS_DIRECTORY"}
    assert notify.states() == ["STOPPING=1"]


async def test_the_watchdog_is_fed_while_work_goes_on(notify: NotifySocket) -> None:
    service = systemd(notify, WATCHDOG_USEC="20000", WATCHDOG_PID=str(os.getpid()))
    feeding = asyncio.create_task(service.feed())
    await eventually(lambda: notify.fed() >= 3)
    feeding.cancel()


async def test_it_starves_while_work_hangs_and_the_log_says_of_what(
    notify: NotifySocket, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    hung = ["poll of default", "ticks of default"]
    environ = {"NOTIFY_SOCKET": notify.address, "WATCHDOG_USEC": "8000"}
    service = Systemd(environ, hung=lambda: tuple(hung), now=lambda: START)
    feeding = asyncio.create_task(service.feed())
    await eventually(lambda: "sign of life: poll of default, ticks of default;" in caplog.text)
    assert notify.read() == []
    hung.clear()
    await eventually(lambda: notify.fed() > 0)
    feeding.cancel()
    levels = [record.levelname for record in caplog.records if "watchdog" in record.getMessage()]
    assert levels == ["ERROR", "INFO"]


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
    notify: NotifySocket, environ: dict[str, str]
) -> None:
    await asyncio.wait_for(systemd(notify, **environ).feed(), 5)
    assert notify.read() == []


def test_outside_systemd_and_with_a_dead_socket_nothing_happens(tmp_path: Path) -> None:
    Systemd({}, hung=list, now=lambda: START).ready([])
    dead = {"NOTIFY_SOCKET": str(tmp_path / "gone")}
    Systemd(dead, hung=list, now=lambda: START).ready([])
