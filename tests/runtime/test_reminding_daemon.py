"""The whole daemon on a fast clock: a failure is repeated until it is acknowledged."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchbell.clock import Clock
from batchbell.config import LoadedConfig, Settings
from batchbell.core.delivery.outcome import Outcome
from batchbell.receivers.content import Family
from batchbell.runtime.bootstrap import Ports, build_daemon
from batchbell.simulator.clock import SimulatedClock
from batchbell.simulator.server import Simulator
from batchbell.store import accounts
from batchbell.usecases import mute
from tests.fakes import eventually
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from batchbell.receivers.content import Content
    from batchbell.receivers.receiver import Receiver
    from batchbell.store.database import Database

#: A minute passes in half a second.
SPEED = 120.0


@dataclass
class Inbox:
    """Takes the notifier's place."""

    titles: list[str] = field(default_factory=list)

    def family(self, receiver: Receiver) -> Family:
        """Read plain text."""
        del receiver
        return Family.PLAIN

    async def send(
        self, channel_name: str, receiver: Receiver, content: Content, key: str
    ) -> Outcome:
        """Keep the title."""
        del channel_name, receiver, key
        self.titles.append(content.title)
        return Outcome(delivered=True, reason="kept")

    async def close(self) -> None:
        """Nothing is kept."""

    def reminders(self) -> int:
        """Return how many reminders came."""
        return sum(title.startswith("Reminder: FAILED") for title in self.titles)


def was_polled(database: Database) -> bool:
    """Return whether the baseline is there."""
    with database.read() as connection:
        return accounts.load(connection, "default").baseline_at is not None


async def test_a_failure_is_repeated_until_it_is_acknowledged(database: Database) -> None:
    inbox, clock = Inbox(), Clock(speed=SPEED)
    async with Simulator(clock=SimulatedClock(speed=SPEED)) as simulator:
        job_id = simulator.add_job(status="IN_PROGRESS")
        settings = Settings.model_validate(
            {
                "database_url": f"sqlite:///{database.path}",
                "accounts": {"default": {"api_key": "fake", "base_url": simulator.base_url}},
                "channels": {"team": {"url": "json://127.0.0.1", "remind_every": "1m"}},
                "web": {"enabled": False},
            }
        )
        config = LoadedConfig(settings, path=None, origins={}, warnings=())
        daemon = build_daemon(config, Ports(database=database, clock=clock, sender=inbox))
        stopping = asyncio.Event()
        running = asyncio.create_task(daemon.run(stopping))
        try:
            # The first poll tells nothing; a later one finds the failure.
            await eventually(lambda: was_polled(database))
            simulator.update_job(job_id, status="FAILED")
            await eventually(lambda: inbox.reminders() >= 2)
            mute.acknowledge(database, account="default", job_id=job_id, now=clock.now())
            told = len(inbox.titles)
            polled = len(simulator.requests)
            await eventually(lambda: len(simulator.requests) >= polled + 4)
            assert len(inbox.titles) <= told + 1
        finally:
            stopping.set()
            await asyncio.wait_for(running, TIMEOUT_SECONDS)
