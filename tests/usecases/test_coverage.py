from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.gap import Gap
from batchbell.core.job import BatchJob
from batchbell.core.routing import Filter
from batchbell.core.rules import Rules
from batchbell.errors import (
    ApiError,
    DatabaseError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
)
from batchbell.messages.late_news import late_news
from batchbell.store import accounts, gaps
from batchbell.usecases.poll import AccountPoll
from batchbell.usecases.retain import prune
from tests.fakes import MINUTE, START, FakeApi, FakeClock

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.store.database import Database

HOUR = timedelta(hours=1)
RUNNING = BatchJob(id="job-1", status="IN_PROGRESS", created_at=START)
DONE = replace(
    RUNNING, status="COMPLETED", completed_at=START + 2 * HOUR, output_file_id="file-out"
)


class SeenAccount:
    """An account polled once a minute, by processes that come and go."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.api = FakeApi(jobs=[RUNNING])
        self.clock = FakeClock()
        self.cut_off_at: datetime | None = None
        self.start()

    def start(self) -> None:
        self.clock.restart()
        self._poll = AccountPoll(
            "default",
            client=self.api,
            database=self.database,
            clock=self.clock,
            filters=lambda: [Filter(channel="team")],
            rules=Rules(grace_period=4 * MINUTE),
        )
        self._poll.coverage.cut_off_at = lambda: self.cut_off_at

    async def poll(self, *, after: timedelta = MINUTE, error: ApiError | None = None) -> None:
        self.clock.advance(after)
        self.api.error = error
        await self._poll.poll()

    async def seen_done(self, *, after: timedelta = MINUTE) -> Event:
        """Return what a poll tells that finds the job done."""
        self.clock.advance(after)
        self.api.error = None
        self.api.jobs = [DONE]
        events = (await self._poll.poll()).events
        return next(event for event in events if event.job_id)

    async def reason(self) -> str:
        """Return why nobody looked before a poll that finds the job done."""
        gap = (await self.seen_done()).facts.gap
        assert gap is not None
        return gap.reason

    def gaps(self, until_after: timedelta = timedelta()) -> list[Gap]:
        with self.database.read() as connection:
            return gaps.lately(connection, until_after=START + until_after).get("default", [])


@pytest.fixture
async def account(database: Database) -> SeenAccount:
    """Return an account whose baseline was taken at START."""
    account = SeenAccount(database)
    await account.poll(after=timedelta())
    return account


async def test_polls_in_time_leave_no_gap(account: SeenAccount) -> None:
    for _ in range(10):
        await account.poll(after=4 * MINUTE)
    assert (await account.seen_done()).facts.gap is None
    assert account.gaps() == []


async def test_news_after_a_downtime_carries_both_times_and_why(account: SeenAccount) -> None:
    account.clock.advance(3 * HOUR)
    account.start()
    event = await account.seen_done()
    assert late_news(event) == (
        "finished 14:00, seen 15:01 UTC; not polling 12:00\u201315:01 UTC (daemon down)"
    )
    assert account.gaps() == [
        Gap(since=START, until=START + 3 * HOUR + MINUTE, reason="daemon down")
    ]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UnavailableError("503: try later"), "API down"),
        (UnauthorizedError("the API refused the key"), "key refused"),
        (RateLimitedError("slow down"), "rate-limited"),
    ],
)
async def test_an_outage_of_the_api_is_blind_time(
    account: SeenAccount, error: ApiError, reason: str
) -> None:
    for _ in range(60):
        await account.poll(error=error)
    assert await account.reason() == reason
    assert [gap.length for gap in account.gaps()] == [61 * MINUTE]


async def test_a_restart_during_an_outage_does_not_make_it_the_daemons(
    account: SeenAccount,
) -> None:
    for _ in range(60):
        await account.poll(error=UnavailableError("503"))
    account.clock.advance(MINUTE)
    account.start()
    for _ in range(60):
        await account.poll(error=UnavailableError("503"))
    assert await account.reason() == "API down"


async def test_a_downtime_during_an_outage_is_named_beside_it(account: SeenAccount) -> None:
    for _ in range(60):
        await account.poll(error=UnavailableError("503"))
    account.clock.advance(HOUR)
    account.start()
    assert await account.reason() == "API down, then daemon down"


async def test_a_machine_that_slept_says_so(account: SeenAccount) -> None:
    account.clock.sleep(8 * HOUR)
    await account.poll(error=UnavailableError("the network is not up yet"))
    assert await account.reason() == "machine asleep"
    account.clock.advance(HOUR)
    await account.poll()
    assert [gap.reason for gap in account.gaps()] == ["machine asleep", "process paused"]


async def test_a_virtual_machine_that_was_paused_was_not_down(account: SeenAccount) -> None:
    account.clock.advance(3 * HOUR)
    account.clock.restart()  # what the API's time minus the seconds since boot looks like
    assert await account.reason() == "process paused"


async def test_polls_that_can_not_be_written_are_blind_time(
    account: SeenAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        msg = "disk full"
        raise DatabaseError(msg)

    with monkeypatch.context() as patched:
        patched.setattr(accounts, "save", refuse)
        for _ in range(10):
            with pytest.raises(DatabaseError):
                await account.poll()
    assert await account.reason() == "database unwritable"


async def test_who_takes_an_account_over_after_the_database_was_away_says_so(
    account: SeenAccount,
) -> None:
    """It polled others before, and knows nothing of this one but what is stored."""
    other = SeenAccount(account.database)
    other.clock.advance(10 * MINUTE)
    other.cut_off_at = START + MINUTE
    assert await other.reason() == "database unwritable"


async def test_an_earlier_time_without_a_database_is_no_reason(account: SeenAccount) -> None:
    account.cut_off_at = START - MINUTE
    account.clock.advance(3 * HOUR)
    account.clock.restart()
    assert await account.reason() == "process paused"


async def test_gaps_are_forgotten_with_the_history(account: SeenAccount) -> None:
    await account.poll(after=HOUR)
    await account.poll(after=24 * HOUR)
    assert len(account.gaps()) == 2
    assert len(account.gaps(until_after=HOUR)) == 1
    prune(account.database, keep=3 * HOUR, now=account.clock.now())
    assert [gap.since for gap in account.gaps()] == [START + HOUR]
