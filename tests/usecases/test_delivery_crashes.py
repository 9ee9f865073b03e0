"""The process dies after any statement, commit or send of a delivery, and goes on."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.core.routing import Filter
from batchbell.store import channels, queue
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.usecases.announce import announce
from batchbell.usecases.channel_queue import ChannelQueue
from batchbell.usecases.deliver import ChannelDelivery
from tests.fakes import FakeClock, FakeObserver, FakeTransport
from tests.statements import Died, watched_commits, watched_driver
from tests.usecases import deaths
from tests.usecases.deaths import Remains, noted_remains
from tests.usecases.test_crashes import facts_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from batchbell.receivers.content import Content
    from tests.statements import Driver
    from tests.usecases.test_crashes import AnyDatabase

#: The same way is gone again and again: other tests measure what it covers, once.
pytestmark = pytest.mark.unmeasured

SENT = Outcome(delivered=True, reason="")
BUSY = Outcome(delivered=False, reason="HTTP 503")
INVALID = Outcome(delivered=False, reason="HTTP 400", permanent=True, fault=Fault.MESSAGE)
AWAY = Outcome(delivered=False, reason="connection refused", fault=Fault.CHANNEL)
NAMES = ("team", "mail")
FILTERS = [Filter(channel=name) for name in NAMES]
#: Each round's job, and how the team's receiver takes what is sent from then on, by a job's id.
ROUNDS: list[tuple[str, dict[str, Outcome]]] = [
    ("job-1", {}),
    ("job-2", {"job-2": BUSY}),
    # This is taken, which shows that the one before is at fault: it is set aside.
    ("job-3", {"job-2": BUSY}),
    ("job-4", {"job-2": BUSY, "job-4": INVALID}),
    ("job-5", {"job-2": BUSY, "job-5": AWAY}),
    ("job-6", {}),
]
#: Looks at the queues in a round: enough for three tries.
TURNS = 3

#: (channel, text, key) of what was sent, with how it was taken.
Sent = tuple[str, str, str, Outcome]


@dataclass(frozen=True)
class Chapter:
    """How everything is at a look at the queues: from here on a life can be lived again."""

    #: The database as it was, in a file of its own.
    path: Path
    now: datetime
    round: int
    turn: int
    sent: tuple[Sent, ...]
    #: Calls of the driver until here.
    calls: int


Chapters = list[Chapter]

#: What is recorded, and what is left over, by what it is called here.
Found = dict[str, list[tuple[object, ...]]]


@dataclass
class DeliveryWorld:
    """Two channels, whose deliveries live through much, in one process after the other."""

    database: AnyDatabase
    clock: FakeClock = field(default_factory=FakeClock)
    answers: dict[str, Outcome] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    #: The round that is played, and the look at the queues in it; after the last it is calm.
    round: int = 0
    turn: int = 0
    #: After how many calls of the driver it dies; None for never.
    dies_after_call: int | None = None
    #: After how many sends it dies; None for never.
    dies_after_send: int | None = None

    def start(self) -> None:
        """Begin a new process."""
        with self.database.write() as connection:
            channels.configure(connection, NAMES)
            queue.void_claims(connection)

    def tell(self, job_id: str) -> None:
        """Commit a job's failure; what was committed before is not told again."""
        now = self.clock.now()
        failed = Event(
            kind=EventKind.FAILED,
            account="default",
            job_id=job_id,
            qualifier="end:FAILED",
            happened_at=now,
            seen_at=now,
            job=BatchJob(id=job_id, status="FAILED"),
        )
        with self.database.write() as connection:
            announce(connection, [failed], FILTERS, now)

    async def deliver(self) -> datetime | None:
        """Deliver what is due on every channel; return when the next is due, None if none is."""
        waits = [await self._delivery(name).deliver_due() for name in NAMES]
        return min((wait.until for wait in waits if wait is not None), default=None)

    def _delivery(self, name: str) -> ChannelDelivery:
        async def send(content: Content, key: str) -> Outcome:
            job = next((job for job in self.answers if job in content.text), "")
            outcome = self.answers.get(job, SENT) if name == "team" else SENT
            self.sent.append((name, content.text, key, outcome))
            if len(self.sent) == self.dies_after_send:
                raise Died
            return outcome

        return ChannelDelivery(
            ChannelQueue(name, database=self.database, filters=lambda: FILTERS, jitter=lambda: 0.0),
            transport=FakeTransport(send),
            clock=self.clock,
            on_events=lambda: None,
            observer=FakeObserver(),
        )

    async def lives(self, driver: Driver, keep: Callable[[int], None] = lambda _calls: None) -> int:
        """Play all that is left, with a new process for each that dies; return how many did.

        `keep` is called before each look at the queues, with the driver's calls until then.
        """
        died = 0

        async def surviving(job_id: str) -> datetime | None:
            nonlocal died
            try:
                return await self._once(job_id)
            except Died:
                died += 1
                driver.drop_connections()
                self.database.engine.dispose()
                self.start()
                return await self._once(job_id)

        if self.dies_after_call is not None:
            driver.after = dies_after(driver, self.dies_after_call)
        while True:
            is_calm = self.round == len(ROUNDS)
            keep(len(driver.calls))
            job_id, self.answers = ("job-6", {}) if is_calm else ROUNDS[self.round]
            until = await surviving(job_id)
            if until is None and is_calm:
                return died
            self.turn += 1
            if until is None or (self.turn == TURNS and not is_calm):
                self.round, self.turn = self.round + 1, 0
            if until is not None:
                self.clock.advance(until - self.clock.now())

    async def _once(self, job_id: str) -> datetime | None:
        self.tell(job_id)
        return await self.deliver()


def found(world: DeliveryWorld) -> Found:
    """Return what is recorded in the end of the jobs, and what is left over."""
    queries = {
        "messages": "SELECT told.channel, state, job, locked_until FROM notifications"
        " JOIN notification_events AS told ON notification_id = notifications.id"
        " JOIN events ON events.id = event_id WHERE kind = 'batch.failed'",
        "lost": "SELECT data FROM events WHERE kind = 'channel.message_lost'",
        "pending": "SELECT id FROM notifications WHERE state = 'pending' OR locked_until NOTNULL",
        "empty": "SELECT id FROM notifications WHERE id NOT IN"
        " (SELECT notification_id FROM notification_events)",
    }
    with world.database.read() as connection:
        rows = {
            name: [tuple(row) for row in connection.exec_driver_sql(query)]
            for name, query in queries.items()
        }
    rows["lost"] = [
        (facts_of(data)["lost_jobs"],) for (data,) in rows["lost"] if "400" in str(data)
    ]
    return {name: sorted(each, key=str) for name, each in rows.items()}


def world_in(folder: Path, chapter: Chapter) -> DeliveryWorld:
    """Return a world with a database of its own, as it was in a chapter, and a new process."""
    folder.mkdir()
    shutil.copy(chapter.path, folder / "bell.db")
    world = DeliveryWorld(
        SqliteDatabase(f"sqlite:///{folder / 'bell.db'}"),
        clock=FakeClock(chapter.now),
        sent=list(chapter.sent),
        round=chapter.round,
        turn=chapter.turn,
    )
    world.start()
    return world


@pytest.fixture
def empty(database: SqliteDatabase) -> SqliteDatabase:
    """A migrated file, whole without its log."""
    database.shorten_log()
    return database


@dataclass(frozen=True)
class Whole:
    """A life without a death."""

    world: DeliveryWorld
    #: The driver's, and what a death after each leaves.
    calls: list[str]
    remains: Remains
    chapters: Chapters


def file_of(world: DeliveryWorld) -> SqliteDatabase:
    assert isinstance(world.database, SqliteDatabase)
    return world.database


async def whole(folder: Path, empty: SqliteDatabase) -> Whole:
    """Live without a death."""
    start = FakeClock().now()
    world = world_in(folder, Chapter(empty.path, start, round=0, turn=0, sent=(), calls=0))
    chapters: Chapters = []

    def keep(calls: int) -> None:
        path = folder / f"chapter-{len(chapters)}.db"
        with (
            closing(sqlite3.connect(file_of(world).path)) as now,
            closing(sqlite3.connect(path)) as kept,
        ):
            now.backup(kept)
        sent = tuple(world.sent)
        chapters.append(Chapter(path, world.clock.now(), world.round, world.turn, sent, calls))

    def outside() -> object:
        return world.round, world.turn, world.sent

    with (
        watched_driver(file_of(world)) as driver,
        noted_remains(file_of(world), driver, outside) as remains,
    ):
        assert await world.lives(driver, keep) == 0
        return Whole(world, list(driver.calls), remains, chapters)


def check(world: DeliveryWorld, expected: Found, where: str) -> None:
    """Fail if anything is lost or left over after a death."""
    assert found(world) == expected, where
    # Whatever a receiver could take has come, at least once, and the same at each attempt.
    for channel in NAMES:
        for number in (1, 2, 3, 5, 6):
            taken = [
                text
                for name, text, _, outcome in world.sent
                if name == channel and outcome.delivered and f"job-{number}" in text
            ]
            assert taken, f"job-{number} on {channel}, {where}"
    texts: dict[str, str] = {}
    for _, text, key, _ in world.sent:
        assert texts.setdefault(key, text) == text, where


def of_interest(calls: list[str]) -> list[int]:
    """Return the numbers of the calls of each transaction that differs from all before."""
    numbers: list[int] = []
    seen: set[tuple[str, ...]] = set()
    start = 0
    for end, call in enumerate(calls, 1):
        if call == "COMMIT":
            if tuple(calls[start:end]) not in seen:
                numbers += range(start + 1, end + 1)
            seen.add(tuple(calls[start:end]))
            start = end
    return numbers


@pytest.mark.sqlite
async def test_a_whole_life_has_all_that_matters(tmp_path: Path, empty: SqliteDatabase) -> None:
    world = (await whole(tmp_path / "whole", empty)).world
    recorded = found(world)
    assert (recorded["empty"], recorded["pending"]) == ([], [])
    assert recorded["lost"] == [("job-4",)]
    states = {(channel, job): state for channel, state, job, _ in recorded["messages"]}
    assert {key for key, state in states.items() if state != "sent"} == {("team", "job-4")}
    assert len(states) == len(NAMES) * len(ROUNDS)
    taken = [text for name, text, _, how in world.sent if name == "team" and how.delivered]
    assert ["job-3" in taken[1], "job-2" in taken[1]] == [True, False]
    check(world, recorded, "without a death")


@pytest.mark.sqlite
async def test_whatever_call_it_dies_after_nothing_is_lost_or_left_over(
    tmp_path: Path, empty: SqliteDatabase
) -> None:
    """Every call of the driver: each statement, each BEGIN and each COMMIT, once each."""
    life = await whole(tmp_path / "whole", empty)
    expected = found(life.world)
    for last in life.remains.differing(of_interest(life.calls)):
        # What comes before is as it was in the life without a death.
        chapter = next(each for each in reversed(life.chapters) if each.calls < last)
        world = world_in(tmp_path / str(last), chapter)
        with watched_driver(file_of(world)) as driver:
            world.dies_after_call = last - chapter.calls
            assert await world.lives(driver) == 1, last
        check(world, expected, f"after call {last}: {life.calls[last - 1]}")
        world.database.close()


@pytest.mark.sqlite
async def test_whatever_send_it_dies_after_nothing_is_lost_or_left_over(
    tmp_path: Path, empty: SqliteDatabase
) -> None:
    life = await whole(tmp_path / "whole", empty)
    expected = found(life.world)
    for last in range(1, len(life.world.sent) + 1):
        chapter = next(each for each in reversed(life.chapters) if len(each.sent) < last)
        world = world_in(tmp_path / str(last), chapter)
        world.dies_after_send = last
        with watched_driver(file_of(world)) as driver:
            assert await world.lives(driver) == 1
        check(world, expected, f"after send {last}")
        world.database.close()


@pytest.mark.server
# Some ninety lives, each on an emptied database: a busy machine takes minutes for them.
@pytest.mark.timeout(900)
async def test_whatever_commit_or_send_it_dies_after_nothing_is_lost_or_left_over(
    database: AnyDatabase,
) -> None:
    """What is not committed a server forgets as well; on a file every call is gone through."""

    async def lived(
        where: str, *, after_call: int | None = None, after_send: int | None = None
    ) -> DeliveryWorld:
        deaths.empty(database)
        world = DeliveryWorld(database, dies_after_call=after_call, dies_after_send=after_send)
        world.start()
        with watched_commits(database) as driver:
            assert await world.lives(driver) == (where != undying), where
            commits = [number for number, call in enumerate(driver.calls, 1) if call == "COMMIT"]
        if where == undying:
            numbers.extend(commits)
        return world

    undying, numbers = "without a death", list[int]()
    undisturbed = await lived(undying)
    expected = found(undisturbed)
    assert expected["lost"] == [("job-4",)]
    for last in numbers:
        where = f"after call {last}"
        check(await lived(where, after_call=last), expected, where)
    for last in range(1, len(undisturbed.sent) + 1):
        where = f"after send {last}"
        check(await lived(where, after_send=last), expected, where)


def dies_after(driver: Driver, last: int) -> Callable[[int], None]:
    """Return what ends the process after so many calls, and lets the next one live."""

    def look(number: int) -> None:
        if number == last:
            driver.after = lambda _number: None
            raise Died

    return look
