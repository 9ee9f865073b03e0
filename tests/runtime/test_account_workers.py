from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from batchbell.clock import Clock, boot_seconds
from batchbell.config.settings import Settings
from batchbell.core.event import Event, EventKind
from batchbell.errors import DatabaseError, UnavailableError
from batchbell.observability.metrics import Metrics
from batchbell.runtime.account_workers import AccountWorkers
from batchbell.runtime.liveness import Liveness
from batchbell.runtime.lull import News
from batchbell.runtime.scheduler import Scheduler
from batchbell.usecases.poll import PollReport
from batchbell.usecases.tick import DueTicks
from tests.fakes import START, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

STEP = Event(
    kind=EventKind.DEADLINE_APPROACHING, account="default", happened_at=START, seen_at=START
)


def settings(*accounts: str) -> Settings:
    return Settings.model_validate(
        {
            "database_url": "sqlite:////nowhere/batchbell.db",
            "accounts": {name: {"api_key": "fake-key"} for name in accounts},
        }
    )


@dataclass
class FakeAccount:
    """A poll and a watch of one account that a test lets end."""

    account: str
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None
    tick_error: Exception | None = None
    due: list[Event] = field(default_factory=list)
    ticks: int = 0
    polls: int = 0
    closed: bool = False

    async def poll(self, _on_events: object) -> PollReport:
        """Count; wait for the test's word."""
        self.polls += 1
        await self.answered.wait()
        if isinstance(self.error, DatabaseError):
            raise self.error
        return PollReport(account=self.account, error=cast("Any", self.error))

    async def tick(self) -> list[Event]:
        """Tell what is due."""
        if self.tick_error is not None:
            raise self.tick_error
        due, self.due = self.due, []
        return due

    async def close(self) -> None:
        """Note it, and let others go on meanwhile."""
        await asyncio.sleep(0)
        self.closed = True


@dataclass
class FakeParts:
    """Hands out fake accounts."""

    accounts: dict[str, FakeAccount] = field(default_factory=dict)
    #: The accounts of other replicas.
    elsewhere: set[str] = field(default_factory=set)
    #: How often somebody asked whose an account is.
    questions: int = 0
    #: How often somebody asked which watches have news.
    looks: int = 0
    look_error: DatabaseError | None = None
    #: Whether time alone may make news.
    is_open: bool = True
    news: News = field(default_factory=News)

    def is_ours(self, name: str) -> bool:
        """Whether this replica has the account."""
        self.questions += 1
        return name not in self.elsewhere

    async def client(self, name: str) -> FakeAccount:
        """Return the account, which is its own client."""
        return self.accounts.setdefault(name, FakeAccount(name))

    def poll(self, _name: str, client: FakeAccount) -> FakeAccount:
        """Return the account."""
        return client

    def watch(self, name: str) -> FakeAccount:
        """Return the account."""
        return self.accounts[name]

    async def look(self, watches: list[FakeAccount]) -> DueTicks:
        """Find those with news, and note that all were looked at."""
        self.looks += 1
        if self.look_error is not None:
            raise self.look_error
        for each in watches:
            each.ticks += 1
        due = [each for each in watches if each.due or each.tick_error]
        return DueTicks(cast("Any", due), is_open=self.is_open)


class PollingBench:
    """Workers that run a thousand times as fast as life, and all that they use."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self.parts = FakeParts()
        self.settings = settings("default")
        self.scheduler = Scheduler()
        self.liveness = Liveness(boot_seconds)
        self.metrics = Metrics()
        self.metrics.watch(["default"], [])
        self.wakes = 0
        self.workers = AccountWorkers(
            cast("Any", self.parts),
            clock=Clock(speed=1000),
            scheduler=self.scheduler,
            liveness=self.liveness,
            metrics=self.metrics,
            on_events=self.woken,
            on_report=lambda _: None,
        )

    def woken(self) -> None:
        """Count."""
        self.wakes += 1

    async def apply(self, *accounts: str) -> None:
        """Take a configuration with these accounts into force."""
        old, self.settings = self.settings, settings(*accounts)
        await self.workers.apply(old, self.settings)

    @property
    def account(self) -> FakeAccount:
        """The account most tests have."""
        return self.parts.accounts["default"]


@pytest.fixture
async def bench() -> AsyncGenerator[PollingBench, None]:
    bench = PollingBench()
    bench.scheduler.start()
    await bench.apply("default")
    yield bench
    await bench.scheduler.stop(grace_seconds=1)


@pytest.mark.parametrize(
    "error", [None, UnavailableError("503"), DatabaseError("disk full")], ids=str
)
async def test_ticks_start_with_the_end_of_the_first_poll_good_or_not(
    bench: PollingBench, error: Exception | None
) -> None:
    bench.account.error = error
    await asyncio.sleep(0)
    assert bench.account.ticks == 0
    bench.account.answered.set()
    await eventually(lambda: bench.account.ticks >= 3)


async def test_a_tick_with_news_wakes_the_deliveries(bench: PollingBench) -> None:
    bench.account.answered.set()
    await eventually(lambda: bench.account.ticks > 0)
    assert bench.wakes == 0
    bench.account.due = [STEP]
    await eventually(lambda: bench.wakes == 1)


async def test_where_time_alone_makes_no_news_nobody_looks_until_a_poll_has_ended(
    bench: PollingBench,
) -> None:
    bench.parts.is_open = False
    bench.account.answered.set()
    await eventually(lambda: bench.parts.looks > 0)
    bench.account.answered.clear()
    # The poll that is under way may have begun before the look.
    await eventually(lambda: bench.account.polls > 1)
    polls, looks = bench.account.polls, bench.parts.looks
    asked = bench.parts.questions
    await eventually(lambda: bench.parts.questions > asked + 10)
    assert bench.parts.looks <= looks + 1
    assert bench.account.polls == polls
    assert bench.liveness.hung() == ()

    looks = bench.parts.looks
    bench.account.answered.set()
    await eventually(lambda: bench.parts.looks > looks)


async def test_whatever_else_was_committed_is_looked_at_too(bench: PollingBench) -> None:
    bench.parts.is_open = False
    bench.account.answered.set()
    await eventually(lambda: bench.parts.looks > 0)
    bench.account.answered.clear()
    asked = bench.parts.questions
    await eventually(lambda: bench.parts.questions > asked + 6)
    looks = bench.parts.looks
    bench.parts.news.came()
    await eventually(lambda: bench.parts.looks > looks)


async def test_a_failed_write_is_a_complaint_until_a_tick_writes_again(bench: PollingBench) -> None:
    bench.account.answered.set()
    await eventually(lambda: bench.account.ticks > 0)
    bench.account.answered.clear()
    bench.account.tick_error = DatabaseError("disk full")
    await eventually(lambda: bench.liveness.complaints() == ["disk full"])
    bench.account.tick_error = None
    ticks = bench.account.ticks
    await eventually(lambda: bench.account.ticks > ticks + 1)
    assert bench.liveness.complaints() == ["disk full"]
    bench.account.due = [STEP]
    await eventually(lambda: bench.liveness.complaints() == [])


async def test_an_account_that_left_the_configuration_ticks_no_more(bench: PollingBench) -> None:
    bench.account.answered.set()
    await eventually(lambda: bench.account.ticks > 0)
    await bench.apply("other")
    ticks = bench.account.ticks
    bench.parts.accounts["other"].answered.set()
    await eventually(lambda: bench.parts.accounts["other"].ticks >= 2)
    assert bench.account.ticks == ticks
    assert bench.account.closed


async def test_an_account_that_is_back_waits_for_its_poll_again(bench: PollingBench) -> None:
    bench.account.answered.set()
    await eventually(lambda: bench.account.ticks > 0)
    await bench.apply()
    bench.account.answered.clear()
    bench.account.ticks = 0
    await bench.apply("default")
    await asyncio.sleep(0)
    assert bench.account.ticks == 0
    bench.account.answered.set()
    await eventually(lambda: bench.account.ticks > 0)


async def test_an_account_of_another_replica_is_not_polled_until_it_is_ours(
    bench: PollingBench,
) -> None:
    bench.account.answered.set()
    await eventually(lambda: bench.account.ticks > 0)
    gone = bench.account
    bench.parts.elsewhere = {"default"}
    await bench.workers.settle(bench.settings)
    assert gone.closed
    assert bench.liveness.hung() == ()
    ticks = gone.ticks
    del bench.parts.accounts["default"]
    await bench.apply("default")
    assert "default" not in bench.parts.accounts
    assert gone.ticks == ticks

    bench.parts.elsewhere = set()
    await bench.workers.settle(bench.settings)
    bench.account.answered.set()
    await eventually(lambda: bench.account.ticks > 0)


async def test_what_is_no_longer_ours_is_not_even_begun(bench: PollingBench) -> None:
    """Before the workers hear of it."""
    bench.account.answered.set()
    await eventually(lambda: bench.account.ticks > 0)
    bench.parts.elsewhere = {"default"}
    # Rounds that had begun end at once.
    asked = bench.parts.questions
    await eventually(lambda: bench.parts.questions > asked + 3)
    ticks, polls, asked = bench.account.ticks, bench.account.polls, bench.parts.questions
    await eventually(lambda: bench.parts.questions > asked + 6)
    assert (bench.account.ticks, bench.account.polls) == (ticks, polls)


async def test_a_tick_that_breaks_stops_that_of_no_other_account(
    bench: PollingBench, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.apply("default", "other")
    other = bench.parts.accounts["other"]
    for each in (bench.account, other):
        each.answered.set()
    await eventually(lambda: bench.account.ticks > 0 and other.ticks > 0)
    bench.account.tick_error = ValueError("a bug")
    other.due = [STEP]
    await eventually(lambda: bench.wakes == 1)
    await eventually(lambda: "ticks of default crashed; it is tried again" in caplog.text)


async def test_a_look_that_fails_is_each_account_s_failed_tick(bench: PollingBench) -> None:
    bench.account.answered.set()
    await eventually(lambda: bench.account.ticks > 0)
    bench.account.answered.clear()
    bench.parts.look_error = DatabaseError("disk full")
    await eventually(lambda: bench.liveness.complaints() == ["disk full"])
    bench.parts.look_error = None
    bench.account.due = [STEP]
    await eventually(lambda: bench.liveness.complaints() == [])


async def test_all_accounts_are_looked_at_together(bench: PollingBench) -> None:
    names = ["default", *(f"account_{number}" for number in range(5))]
    await bench.apply(*names)
    accounts = [bench.parts.accounts[name] for name in names]
    for each in accounts:
        each.answered.set()
    await eventually(lambda: all(each.ticks for each in accounts))
    before = [each.ticks for each in accounts]
    looks = bench.parts.looks
    await eventually(lambda: bench.parts.looks > looks + 2)
    assert {each.ticks - ticks for each, ticks in zip(accounts, before, strict=True)} == {
        bench.parts.looks - looks
    }


async def test_a_stop_goes_through_while_a_reload_adds_and_removes() -> None:
    bench = PollingBench()
    await bench.apply("default", "other")
    await asyncio.gather(bench.workers.close(), bench.apply("other", "third"))
    assert bench.parts.accounts["default"].closed
    assert bench.parts.accounts["other"].closed
