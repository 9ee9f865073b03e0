"""What arrives at systemd's socket, here a real one of our own."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell import daemon, polling
from batchbell.clock import Clock, boot_seconds
from batchbell.config import LoadedConfig, Settings
from batchbell.core.backoff import Outcome
from batchbell.daemon import Daemon
from batchbell.deliver import ChannelDelivery
from batchbell.dispatch import HUNG_SECONDS
from batchbell.errors import DatabaseError, UnavailableError
from batchbell.poll import PollReport
from batchbell.render import Family
from batchbell.simulator.server import Simulator
from batchbell.store import queue
from batchbell.systemd import ERROR_LIMIT, STATUS_LIMIT, Systemd
from tests.fakes import START, eventually
from tests.notify_socket import NotifySocket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from batchbell.notifier import Receiver
    from batchbell.render import Content
    from batchbell.store.database import Database

#: So many seconds later everything that gave no sign of life since has hung.
LATER = HUNG_SECONDS + 1


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


class HangingReceiver:
    """Takes the notifier's place; answers when a test lets it."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.answering = asyncio.Event()

    def family(self, receiver: Receiver) -> Family:
        """Read plain text."""
        del receiver
        return Family.PLAIN

    async def send(
        self, channel_name: str, receiver: Receiver, content: Content, key: str
    ) -> Outcome:
        """Wait for the test's word."""
        del channel_name, receiver, content, key
        self.asked.set()
        await self.answering.wait()
        return Outcome(delivered=True, reason="kept")


class Supervised:
    """A whole daemon under a watchdog, whose seconds for hangs a test may move on."""

    def __init__(
        self, notify: NotifySocket, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.notify, self.database = notify, database
        self.receiver = HangingReceiver()
        self.later_seconds = 0.0
        monkeypatch.setenv("NOTIFY_SOCKET", notify.address)
        monkeypatch.setenv("WATCHDOG_USEC", "40000")
        monkeypatch.setattr(daemon, "boot_seconds", lambda: boot_seconds() + self.later_seconds)
        # All but what hangs gives signs of life again soon.
        monkeypatch.setattr(polling, "TICK_EVERY", timedelta(seconds=0.25))

    @asynccontextmanager
    async def running(self, api: Simulator) -> AsyncIterator[Daemon]:
        account = {"api_key": "fake", "base_url": api.base_url, "poll_interval": "1s"}
        settings = Settings.model_validate(
            {
                "database_url": f"sqlite:///{self.database.path}",
                "accounts": {"one": account},
                "channels": {"team": {"url": "json://127.0.0.1"}},
                "web": {"enabled": False},
            }
        )
        config = LoadedConfig(settings, path=None, origins={}, warnings=())
        running = Daemon(config, database=self.database, clock=Clock(), sender=self.receiver)
        stopping = asyncio.Event()
        task = asyncio.create_task(running.run(stopping))
        try:
            yield running
        finally:
            stopping.set()
            await asyncio.wait_for(task, 10)

    async def fed_again(self) -> None:
        """Wait until the watchdog is fed, twice as one may be on its way."""
        fed = self.notify.fed()
        await eventually(lambda: self.notify.fed() >= fed + 2)


@pytest.fixture
def supervised(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Supervised]:
    with NotifySocket(tmp_path / "notify") as notify:
        yield Supervised(notify, database, monkeypatch)


async def test_a_delivery_that_hangs_starves_the_watchdog_though_all_else_goes_on(
    supervised: Supervised, caplog: pytest.LogCaptureFixture
) -> None:
    async with Simulator() as api, supervised.running(api):
        job_id = api.add_job(status="IN_PROGRESS")
        await eventually(lambda: len(api.requests) >= 2)
        api.update_job(job_id, status="FAILED")
        await supervised.receiver.asked.wait()
        await supervised.fed_again()
        supervised.later_seconds = LATER
        await eventually(lambda: "sign of life: deliveries to team;" in caplog.text)
        fed, polls = supervised.notify.fed(), len(api.requests)
        await eventually(lambda: len(api.requests) >= polls + 2)
        assert supervised.notify.fed() == fed
        supervised.receiver.answering.set()
        await supervised.fed_again()


async def test_a_first_look_at_the_queue_that_hangs_is_noticed_too(
    supervised: Supervised, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    let_go = asyncio.Event()

    async def hanging(_: ChannelDelivery) -> None:
        await let_go.wait()

    monkeypatch.setattr(ChannelDelivery, "deliver_due", hanging)
    async with Simulator() as api, supervised.running(api):
        await eventually(lambda: bool(api.requests))
        supervised.later_seconds = LATER
        await eventually(lambda: "sign of life: deliveries to team;" in caplog.text)
        let_go.set()


async def test_a_database_error_is_an_end_of_a_round_too(
    supervised: Supervised, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = 0

    def full(*_: object) -> None:
        nonlocal rounds
        rounds += 1
        raise DatabaseError("disk full")

    monkeypatch.setattr("batchbell.deliver.PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(queue, "claim", full)
    async with Simulator() as api, supervised.running(api):
        for _ in range(3):
            supervised.later_seconds += LATER
            seen, polls = rounds, len(api.requests)
            await eventually(lambda: rounds > seen and len(api.requests) > polls)  # noqa: B023 - awaited here
            await supervised.fed_again()


async def test_ready_comes_once_the_work_is_scheduled_and_reloads_are_told_from_begin_to_end(
    supervised: Supervised, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    notify = supervised.notify

    def unusable() -> LoadedConfig:
        raise DatabaseError("nonsense")

    async with Simulator() as api, supervised.running(api) as running:
        await eventually(lambda: "STATUS=one: 0 jobs, " in "".join(notify.read()))
        assert notify.states() == ["READY=1"]
        await running.reload(unusable)
        assert "reload refused" in caplog.text
        assert notify.states()[1:] == ["RELOADING=1", "READY=1"]
    assert notify.states()[3:] == ["STOPPING=1"]
    assert "NOTIFY_SOCKET" not in os.environ
