"""A poll reads once what it needs and writes once what it decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, event, insert, update

from batchbell.core.delivery.outcome import Outcome
from batchbell.core.delivery.turn import LINE_LENGTH
from batchbell.core.event import Event, EventKind
from batchbell.core.example_events import sample
from batchbell.core.job import BatchJob
from batchbell.core.routing import Filter
from batchbell.core.rules import Rules
from batchbell.errors import UnavailableError
from batchbell.store import channels, queue
from batchbell.store.tables import notifications
from batchbell.usecases.announce import announce
from batchbell.usecases.channel_queue import ChannelQueue, Terms
from batchbell.usecases.claim_message import Claimed
from batchbell.usecases.poll import AccountPoll
from batchbell.usecases.record_attempt import EndedSend
from batchbell.usecases.tick import AccountWatch, look
from tests.fakes import MINUTE, START, FakeClock
from tests.json_api import JsonApi
from tests.statements import watched_driver
from tests.usecases.test_announce_results import MISSING, TEAM, Telling, counted, ended

if TYPE_CHECKING:
    from batchbell.store.sqlite.database import SqliteDatabase

#: Calls are counted at SQLite's driver; each engine is asked the same.
pytestmark = pytest.mark.sqlite

RULES = Rules(grace_period=5 * MINUTE)
HOUR = timedelta(hours=1)


def job(number: int) -> BatchJob:
    """Return one of a thousand jobs, of which fifty run."""
    running = BatchJob(
        id=f"job-{number:04}",
        status="IN_PROGRESS",
        progress=0.5,
        created_at=START,
        job_deadline=START + 24 * HOUR,
        input_file_id=f"file-{number:04}",
    )
    return running if number < 50 else replace(running, status="COMPLETED", output_file_id="o")


class CountedAccount:
    """An account with a thousand jobs, polled by hand."""

    def __init__(self, database: SqliteDatabase) -> None:
        several = [job(number) for number in range(1_000)]
        names = {each.input_file_id or "": f"{each.id}.jsonl" for each in several}
        self.api = JsonApi(jobs=several, file_names=names)
        self.clock = FakeClock()
        self._poll = AccountPoll(
            "default",
            client=self.api,
            database=database,
            clock=self.clock,
            filters=lambda: [Filter(channel="team")],
            rules=RULES,
        )
        self.watch = AccountWatch(
            "default",
            database=database,
            clock=self.clock,
            filters=lambda: [Filter(channel="team")],
            rules=RULES,
        )

    async def poll(self, after: timedelta = MINUTE) -> None:
        """Let time pass and poll."""
        self.clock.advance(after)
        await self._poll.poll()


async def test_an_unchanged_poll_of_a_thousand_jobs_asks_twice_beside_the_account_s_row(
    database: SqliteDatabase,
) -> None:
    """Calls of the driver, BEGIN and COMMIT included; `executemany` is one."""
    account = CountedAccount(database)
    # 20 names a poll: of the 50 that run, and of the last 100 that have ended.
    for _ in range(8):
        await account.poll()
    with watched_driver(database) as driver:
        await account.poll()
    assert len(driver.calls) <= 6, driver.calls
    assert [each.split()[0] for each in driver.statements] == [
        "SELECT",  # the account
        "SELECT",  # its jobs
        "INSERT",  # the account
        "INSERT",  # the jobs that run
    ]
    assert [each.split()[0] for each in driver.calls if each not in driver.statements] == [
        "BEGIN",
        "COMMIT",
    ]


async def test_only_the_progress_of_jobs_that_moved_is_read_again(database: SqliteDatabase) -> None:
    account = CountedAccount(database)
    for _ in range(2):
        await account.poll()
    first = account.api.jobs[0]
    account.api.jobs = [replace(first, progress=0.75), *account.api.jobs[1:]]
    await account.poll()
    with watched_driver(database) as driver:
        await account.poll()
        assert sum("progress_samples" in each for each in driver.statements) == 1
        await account.poll()
        assert sum("progress_samples" in each for each in driver.statements) == 1


async def test_a_failed_poll_and_an_idle_tick_ask_less(database: SqliteDatabase) -> None:
    account = CountedAccount(database)
    await account.poll()
    account.api.error = UnavailableError("503")
    with watched_driver(database) as driver:
        await account.poll()
    assert [each.split()[0] for each in driver.statements] == ["SELECT", "SELECT", "INSERT"]
    with watched_driver(database) as driver:
        assert look(database, [account.watch]).due == []
    assert [each.split()[0] for each in driver.statements] == ["SELECT", "SELECT", "SELECT"]
    assert "BEGIN IMMEDIATE" not in driver.calls


async def test_no_network_call_is_made_within_a_transaction(database: SqliteDatabase) -> None:
    account = CountedAccount(database)
    with watched_driver(database) as driver:
        fetch_name, fetch_listing = account.api.fetch_file_name, account.api.fetch_listing
        open_calls: list[str] = []

        def look() -> None:
            begun = sum(each.startswith("BEGIN") for each in driver.calls)
            if begun != driver.calls.count("COMMIT"):
                open_calls.append(driver.calls[-1])

        async def name(file_id: str) -> str:
            look()
            return await fetch_name(file_id)

        async def found(known: object | None = None) -> object:
            look()
            return await fetch_listing(known)

        account.api.fetch_file_name = name  # type: ignore[method-assign]  # looked at
        account.api.fetch_listing = found  # type: ignore[method-assign,assignment]  # same
        await account.poll()
        await account.poll()
    assert len(account.api.asked) > 1
    assert open_calls == []


def test_a_message_is_asked_about_in_statements_that_were_put_together_before(
    database: SqliteDatabase,
) -> None:
    """To put one together takes longer than to ask it, and ten channels do so one by one."""
    clock = FakeClock()
    channel = ChannelQueue("team", database=database, filters=list, jitter=lambda: 0.0)
    asked: list[object] = []
    event.listen(
        database.engine, "before_execute", lambda _, statement, *_others: asked.append(statement)
    )

    def tell(number: int) -> None:
        queue_message(database, number)
        asked.clear()
        claimed = channel.take_turn(Terms(), clock.now())
        assert isinstance(claimed, Claimed)
        sent = EndedSend(Outcome(delivered=True, reason=""), clock.now(), clock.now())
        channel.record_and_take_turn(claimed, sent, Terms(), clock.now())

    tell(1)
    # Kept, so that no later one has the number of one that is gone.
    first = list(asked)
    tell(2)
    known = set(map(id, first))
    assert [str(each) for each in asked if id(each) not in known] == []


def test_what_is_known_once_a_message_is_taken_decides_the_next_turn_as_well(
    database: SqliteDatabase,
) -> None:
    channel = ChannelQueue("team", database=database, filters=list, jitter=lambda: 0.0)
    for number in range(2):
        queue_message(database, number)
    with database.write() as connection:
        # As if each had failed once: else one of them would take up the other.
        connection.execute(update(notifications).values(attempts=1))
    claimed = channel.take_turn(Terms(), START)
    assert isinstance(claimed, Claimed)
    with watched_driver(database) as driver:
        sent = EndedSend(Outcome(delivered=True, reason=""), START, START)
        _, turn = channel.record_and_take_turn(claimed, sent, Terms(), START)
    assert isinstance(turn, Claimed)
    assert [each.split()[0] for each in driver.statements] == [
        "UPDATE",  # the message: it is sent, if it is still ours
        "INSERT",  # the attempt
        "SELECT",  # the channel
        "SELECT",  # what waits in line, and set aside
        "SELECT",  # ... and is not to be tried yet
        "INSERT",  # the channel
        "UPDATE",  # the next message: it is claimed
        "SELECT",  # its events
        "UPDATE",  # what it says
    ]


def steps_of_a_turn(database: SqliteDatabase, waiting: int) -> int:
    """Let so many messages wait; return how many tens of steps SQLite takes to find who is next."""
    steps: list[int] = []
    with database.write() as connection:
        several = [message(number) for number in range(waiting)]
        connection.execute(insert(notifications), several)
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(lambda: steps.append(1), 10)
        known = queue.waiting(connection, "team", now=START)
        driver.set_progress_handler(None, 0)
        connection.execute(delete(notifications))
    assert len(known) == LINE_LENGTH
    return len(steps)


def test_the_line_is_walked_no_further_than_is_asked(database: SqliteDatabase) -> None:
    """Those behind are looked at for being set aside, and not for what they tell."""
    few, many = steps_of_a_turn(database, 200), steps_of_a_turn(database, 1_200)

    assert (many - few) * 10 / 1_000 < 15


def message(number: int) -> dict[str, object]:
    """Return the row of a message that failed once."""
    return {
        "channel": "team",
        "key": str(number),
        "state": "pending",
        "attempts": 1,
        "created_at": START,
        "next_attempt_at": START,
        "reason": "",
        "reminder": False,
    }


def queue_message(database: SqliteDatabase, number: int) -> None:
    """Queue a message of one event to a channel whose row is there."""
    happened = Event(
        kind=EventKind.FAILED,
        account="default",
        job_id=f"job-{number}",
        qualifier="end:FAILED",
        happened_at=START,
        seen_at=START,
    )
    with database.write() as connection:
        channels.save(connection, channels.load(connection, "team"))
        announce(connection, [happened], [Filter(channel="team")], START)


def statements_of_the_last_verdict(database: SqliteDatabase, numbers: range) -> int:
    """Tell these ends in one message; return what the verdict asks by which it may go."""
    bell = Telling(database, filters=(TEAM,))
    unnamed = [ended(number) for number in numbers]
    bell.tell(*(replace(end, facts=replace(end.facts, input_file="")) for end in unnamed))
    for number in numbers[:-1]:
        bell.verdict(counted(MISSING, number))
    with watched_driver(database) as driver:
        bell.verdict(counted(MISSING, numbers[-1]))
        return len(driver.statements)


def test_a_verdict_asks_as_often_however_many_ends_its_message_tells(
    database: SqliteDatabase,
) -> None:
    few = statements_of_the_last_verdict(database, range(2))

    assert statements_of_the_last_verdict(database, range(2, 22)) == few


def statements_of_warnings(database: SqliteDatabase, numbers: range) -> int:
    """Tell that so many jobs stall in one message; return what it takes to write it."""
    bell = Telling(database, filters=(TEAM,))
    stalls = [replace(sample(EventKind.STALLED, START), job_id=f"job-{each}") for each in numbers]
    bell.tell(*stalls)
    with watched_driver(database) as driver:
        assert bell.send() == ["batch.stalled"] * len(numbers)
        return len(driver.statements)


def test_whether_jobs_have_ended_is_asked_once_however_many_a_message_warns_of(
    database: SqliteDatabase,
) -> None:
    few = statements_of_warnings(database, range(2))

    assert statements_of_warnings(database, range(2, 22)) == few
