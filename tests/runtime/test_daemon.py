"""The whole daemon: configurations come one after the other and whole; a full disk is told."""

from __future__ import annotations

import asyncio
import itertools
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from batchbell.clock import Clock
from batchbell.config import LoadedConfig, Settings
from batchbell.core.delivery.outcome import Outcome
from batchbell.core.event import Event, EventKind
from batchbell.core.provider import ANY_PROVIDER
from batchbell.errors import DatabaseError, PassingDatabaseError
from batchbell.observability.metrics import Metrics
from batchbell.observability.redaction import Redaction
from batchbell.receivers.content import Family
from batchbell.runtime.bootstrap import Ports, build_daemon
from batchbell.runtime.channel_parts import ChannelParts
from batchbell.runtime.channel_workers import ChannelWorkers
from batchbell.runtime.daemon import FIRST_PAUSE_SECONDS, START_HUNG_SECONDS
from batchbell.runtime.in_force import InForce
from batchbell.runtime.liveness import Liveness
from batchbell.runtime.lull import News
from batchbell.store import channels, history
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.usecases.announce import announce
from batchbell.web.server import StatusServer
from tests.fakes import START, eventually
from tests.simulator.faults import Hang
from tests.simulator.faulty import FaultySimulator
from tests.simulator.named_faults import refusal
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection
    from datetime import datetime, timedelta
    from pathlib import Path

    import pytest

    from batchbell.receivers.content import Content
    from batchbell.receivers.receiver import Receiver
    from batchbell.runtime.daemon import Daemon
    from batchbell.store.database import Upgraded
    from batchbell.web.server import Page

FAILING = Event(
    kind=EventKind.FAILED, account="one", job_id="job-1", happened_at=START, seen_at=START
)


@dataclass
class SlowReceiver:
    """Takes the notifier's place; answers when a test lets it."""

    asked: list[str] = field(default_factory=list)
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    def family(self, receiver: Receiver) -> Family:
        """Read plain text."""
        del receiver
        return Family.PLAIN

    async def send(
        self, channel_name: str, receiver: Receiver, content: Content, key: str
    ) -> Outcome:
        """Wait for the test's word."""
        del receiver, content, key
        self.asked.append(channel_name)
        await self.answering.wait()
        return Outcome(delivered=True, reason="kept")

    async def close(self) -> None:
        """Note it."""
        self.closed = True


@dataclass
class DaemonBench:
    """A daemon that runs, and the world around it."""

    database: SqliteDatabase
    api: FaultySimulator
    receiver: SlowReceiver = field(default_factory=SlowReceiver)

    def config(
        self, *accounts: str, channels: Collection[str] = (), request_timeout: str = "1s"
    ) -> LoadedConfig:
        """Return a configuration with these accounts and channels."""
        account = {"api_key": "fake", "base_url": self.api.base_url, "poll_interval": "1s"}
        settings = Settings.model_validate(
            {
                "database_url": f"sqlite:///{self.database.path}",
                "accounts": {
                    name: {**account, "request_timeout": request_timeout} for name in accounts
                },
                "channels": {name: {"url": "json://127.0.0.1"} for name in channels},
                "web": {"enabled": False},
            }
        )
        return LoadedConfig(settings, path=None, origins={}, warnings=())

    @asynccontextmanager
    async def running(
        self,
        config: LoadedConfig,
        *,
        start_hung_seconds: float = START_HUNG_SECONDS,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
    ) -> AsyncIterator[Daemon]:
        """Run a daemon for the length of the block."""
        stopping = asyncio.Event()
        ports = Ports(database=self.database, clock=Clock(), sender=self.receiver)
        built = build_daemon(config, ports, start_hung_seconds=start_hung_seconds)
        daemon = replace(built, first_pause_seconds=first_pause_seconds)
        running = asyncio.create_task(daemon.run(stopping))
        try:
            yield daemon
        finally:
            stopping.set()
            await asyncio.wait_for(running, TIMEOUT_SECONDS)

    def told(self, caplog: pytest.LogCaptureFixture, kind: str) -> list[str]:
        """Return the accounts of which the log tells this kind of event."""
        return [vars(line)["account"] for line in caplog.records if line.getMessage() == kind]


@dataclass
class MadePages:
    """A page of which is noted whether a poll had ended when it was made."""

    after_a_poll: list[bool] = field(default_factory=list)

    @asynccontextmanager
    async def beside(
        self, bench: DaemonBench, config: LoadedConfig, *, waits_seconds: float
    ) -> AsyncIterator[None]:
        """Run a daemon that has it for the length of the block."""
        stopping = asyncio.Event()
        ports = Ports(database=bench.database, clock=Clock(), sender=bench.receiver)

        def make() -> Page:
            self.after_a_poll.append(daemon.account_workers.tried.is_set())
            return nothing

        async def nothing(_scope: object, _receive: object, _send: object) -> None: ...

        daemon = replace(
            build_daemon(config, ports),
            open_page=lambda stopping: StatusServer(make, "127.0.0.1:0", stopping),
            page_waits_seconds=waits_seconds,
        )
        running = asyncio.create_task(daemon.run(stopping))
        try:
            yield
        finally:
            stopping.set()
            await asyncio.wait_for(running, TIMEOUT_SECONDS)


async def test_pages_are_made_once_the_first_poll_has_ended(database: SqliteDatabase) -> None:
    async with FaultySimulator() as api:
        bench, pages = DaemonBench(database, api), MadePages()
        async with pages.beside(bench, bench.config("one"), waits_seconds=TIMEOUT_SECONDS):
            await eventually(lambda: bool(pages.after_a_poll))
    assert pages.after_a_poll == [True]


async def test_an_api_that_never_answers_keeps_nobody_from_the_page(
    database: SqliteDatabase,
) -> None:
    async with FaultySimulator() as api:
        api.fault(Hang())
        bench, pages = DaemonBench(database, api), MadePages()
        config = bench.config("one", request_timeout=f"{TIMEOUT_SECONDS:.0f}s")
        async with pages.beside(bench, config, waits_seconds=0.01):
            await eventually(lambda: bool(pages.after_a_poll))
    assert pages.after_a_poll == [False]


async def test_its_end_hangs_up_what_was_kept_for_the_next_message(
    database: SqliteDatabase,
) -> None:
    async with FaultySimulator() as api:
        bench = DaemonBench(database, api)
        async with bench.running(bench.config("one")):
            assert not bench.receiver.closed
        assert bench.receiver.closed


async def test_reloads_at_the_same_time_come_one_after_the_other(
    database: SqliteDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with FaultySimulator() as api:
        bench = DaemonBench(database, api)
        api.fault(Hang(), times=2)
        first, second = bench.config("one"), bench.config("two")
        async with bench.running(first) as daemon:
            # A reload waits for the poll of the account it removes: that one hangs.
            await eventually(lambda: bool(api.requests))
            turns = itertools.cycle((second, first))
            await asyncio.gather(*(daemon.reload(lambda: next(turns)) for _ in range(18)))
            await daemon.reload(lambda: second)
            await eventually(lambda: "two" in bench.told(caplog, "account.watching"))
    assert "crashed" not in caplog.text
    # What waits while another is at work is read once.
    assert caplog.messages.count("reloaded") == 3


async def test_a_reload_before_everything_is_started_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with FaultySimulator() as api:
        bench = DaemonBench(SqliteDatabase(f"sqlite:///{tmp_path}/not-yet-migrated.db"), api)
        async with bench.running(bench.config("one")) as daemon:
            await daemon.reload(lambda: bench.config("one", "two"))
            await eventually(lambda: "two" in bench.told(caplog, "account.watching"))
    assert "reload refused" not in caplog.text


async def test_a_configuration_that_cant_be_recorded_changes_nothing(
    database: SqliteDatabase, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO")

    def full(*_: object) -> None:
        raise DatabaseError("disk full")

    async with FaultySimulator() as api:
        bench = DaemonBench(database, api)
        both, one = bench.config("one", "two"), bench.config("one")
        async with bench.running(both) as daemon:
            await eventually(lambda: len(bench.told(caplog, "account.watching")) == 2)
            with monkeypatch.context() as patched:
                patched.setattr(channels, "configure", full)
                await daemon.reload(lambda: one)
            assert "reload refused, the old configuration stays: disk full" in caplog.messages
            # The same again, once the disk has room, does what it says.
            await daemon.reload(lambda: one)
            asked = len(api.requests)
            api.add_job(status="FAILED")
            await eventually(lambda: bool(bench.told(caplog, "batch.failed")))
            await eventually(lambda: len(api.requests) >= asked + 3)
            assert bench.told(caplog, "batch.failed") == ["one"]


async def test_nothing_is_expected_of_a_removed_channel_whose_last_send_has_ended(
    database: SqliteDatabase,
) -> None:
    seconds, receiver = 0.0, SlowReceiver()
    liveness = Liveness(lambda: seconds)
    async with FaultySimulator() as api:
        bench = DaemonBench(database, api)
        in_force, clock = InForce(bench.config("one", channels=["team"])), Clock()
        parts = ChannelParts(
            in_force=in_force,
            database=database,
            clock=clock,
            sender=receiver,
            provider=ANY_PROVIDER,
            redaction=Redaction(),
        )
        workers = ChannelWorkers(
            parts.delivery,
            database=database,
            clock=clock,
            liveness=liveness,
            metrics=Metrics(),
            is_ours=lambda _channel: True,
            news=News(),
        )
        with database.write() as connection:
            announce(connection, [FAILING], in_force.filters(), START)
        await workers.apply(in_force.settings)
        await eventually(lambda: receiver.asked == ["team"])
        without = bench.config("one")
        with in_force.taking(without):
            await workers.apply(without.settings)
        receiver.answering.set()
        await workers.stop(grace_seconds=10)
    seconds = 3600.0
    assert liveness.complaints() == []
    with database.read() as connection:
        assert channels.load_configured(connection) == []


async def test_nothing_is_pruned_before_an_answer_has_told_the_time(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    pruned: list[datetime] = []

    def prune(_database: SqliteDatabase, _keep: timedelta, now: datetime) -> None:
        pruned.append(now)

    monkeypatch.setattr("batchbell.runtime.chores.prune", prune)
    async with FaultySimulator() as api:
        api.fault(refusal(503, "later"))
        bench = DaemonBench(database, api)
        async with bench.running(bench.config("one")):
            await eventually(lambda: len(api.requests) >= 2)
            assert pruned == []
            api.clear_faults()
            await eventually(lambda: len(pruned) == 1)


async def test_a_pruning_that_cant_be_written_is_no_crash(
    database: SqliteDatabase, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **_options: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(history, "delete_jobs", full)
    async with FaultySimulator() as api:
        bench = DaemonBench(database, api)
        async with bench.running(bench.config("one")):
            await eventually(
                lambda: "pruning waits for its next turn: disk full" in caplog.messages
            )
    assert "crashed" not in caplog.text


async def test_a_start_that_hangs_is_no_health(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    going_on = threading.Event()

    def hanging(*_: object) -> list[str]:
        going_on.wait(TIMEOUT_SECONDS)
        return []

    monkeypatch.setattr(channels, "configure", hanging)
    async with FaultySimulator() as api:
        bench = DaemonBench(database, api)
        config = bench.config("one")
        async with bench.running(config, start_hung_seconds=0.0) as daemon:
            await eventually(lambda: daemon.liveness.hung() == ("the start",))
            going_on.set()
            # On a busy machine a first poll that is late is one, too.
            await eventually(lambda: bool(api.requests) and not daemon.liveness.complaints())


async def test_it_waits_for_a_server_that_is_away_and_is_red_meanwhile(
    database: SqliteDatabase, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO")
    away = True
    upgrade = database.upgrade

    def away_or_not(now: datetime) -> Upgraded | None:
        if away:
            raise PassingDatabaseError("the server can't be reached")
        return upgrade(now)

    monkeypatch.setattr(database, "upgrade", away_or_not)
    async with FaultySimulator() as api:
        bench = DaemonBench(database, api)
        async with bench.running(bench.config("one"), first_pause_seconds=0.02) as daemon:
            await eventually(lambda: len(daemon.liveness.complaints()) == 1)
            assert daemon.liveness.complaints() == ["the server can't be reached"]
            away = False
            await eventually(lambda: "the start goes on" in caplog.messages)
            await eventually(lambda: bench.told(caplog, "account.watching") == ["one"])
            await eventually(lambda: not daemon.liveness.complaints())
    said = [line for line in caplog.messages if line.startswith("the start waits")]
    assert said == ["the start waits for the database: the server can't be reached"]


async def test_one_that_waits_for_its_server_can_be_stopped(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_now: datetime) -> None:
        raise PassingDatabaseError("the server can't be reached")

    monkeypatch.setattr(database, "upgrade", away)
    async with FaultySimulator() as api:
        bench = DaemonBench(database, api)
        async with bench.running(bench.config("one")) as daemon:
            await eventually(lambda: bool(daemon.liveness.complaints()))
