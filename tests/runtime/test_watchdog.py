"""A whole daemon under systemd's watchdog: fed by work that ends, starved by work that hangs."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.clock import Clock, boot_seconds
from batchbell.config import LoadedConfig, Settings
from batchbell.core.delivery.outcome import Outcome
from batchbell.errors import DatabaseError
from batchbell.receivers.content import Family
from batchbell.runtime.bootstrap import Ports, build_daemon
from batchbell.runtime.channel_workers import HUNG_SECONDS
from batchbell.simulator.server import Simulator
from batchbell.store import queue
from batchbell.usecases.deliver import ChannelDelivery
from tests.fakes import eventually
from tests.notify_socket import NotifySocket
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from batchbell.receivers.content import Content
    from batchbell.receivers.receiver import Receiver
    from batchbell.runtime.daemon import Daemon
    from batchbell.store.database import Database

#: So many seconds later everything that gave no sign of life since has hung.
LATER = HUNG_SECONDS + 1


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

    async def close(self) -> None:
        """Nothing is kept."""


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

    @asynccontextmanager
    async def running(self, api: Simulator) -> AsyncIterator[Daemon]:
        account = {"api_key": "fake", "base_url": api.base_url, "poll_interval": "1s"}
        settings = Settings.model_validate(
            {
                "database_url": f"sqlite:///{self.database.path}",
                "accounts": {"one": account},
                "channels": {"team": {"url": "json://127.0.0.1"}},
                "web": {"enabled": False},
                # Who waits for results gives a sign of life once a minute.
                "results": {"collect": "off"},
            }
        )
        config = LoadedConfig(settings, path=None, origins={}, warnings=())
        ports = Ports(
            database=self.database,
            clock=Clock(),
            seconds=lambda: boot_seconds() + self.later_seconds,
            sender=self.receiver,
        )
        # All but what hangs gives signs of life again soon.
        running = build_daemon(
            config, ports, tick_every=timedelta(seconds=0.25), pause_seconds=0.05
        )
        stopping = asyncio.Event()
        task = asyncio.create_task(running.run(stopping))
        try:
            yield running
        finally:
            stopping.set()
            await asyncio.wait_for(task, TIMEOUT_SECONDS)

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

    def full(*_: object, **__: object) -> None:
        nonlocal rounds
        rounds += 1
        raise DatabaseError("disk full")

    monkeypatch.setattr(queue, "waiting", full)
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
