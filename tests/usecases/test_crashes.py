"""The process dies after any statement or commit of a poll, a tick or a cancel, and goes on."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.core.job import BatchJob
from batchbell.core.routing import Filter
from batchbell.core.rules import Rules
from batchbell.errors import UnavailableError
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.usecases.cancel import cancel
from batchbell.usecases.poll import AccountPoll
from batchbell.usecases.tick import AccountWatch
from tests.fakes import MINUTE, START, FakeApi, FakeClock
from tests.statements import Died, watched_commits, watched_driver
from tests.usecases.deaths import empty, noted_remains

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from batchbell.store.postgres.database import PostgresDatabase
    from tests.statements import Driver

    AnyDatabase = SqliteDatabase | PostgresDatabase

#: The same way is gone again and again: other tests measure what it covers, once.
pytestmark = pytest.mark.unmeasured

HOUR = timedelta(hours=1)
RULES = Rules(stalled_after=3 * HOUR, grace_period=2 * HOUR, unreachable_after=5 * MINUTE)
FILTERS = [
    Filter(channel="all", events=("*",)),
    Filter(channel="night", input_files=("nightly*",), remind_every=HOUR),
]
RUNNING = BatchJob(
    id="job-1",
    status="IN_PROGRESS",
    progress=0.2,
    created_at=START,
    job_deadline=START + 24 * HOUR,
    input_file_id="file-1",
)
MOVED = replace(RUNNING, progress=0.6)
CANCELING = replace(MOVED, status="CANCELING")
CANCELLED = replace(MOVED, status="CANCELLED")
#: New and ended between two polls.
FAILED = BatchJob(
    id="job-2", status="FAILED", created_at=START, input_file_id="file-2", error="line 3"
)
NAMES = {"file-1": "nightly-1.jsonl", "file-2": "nightly-2.jsonl"}


class Cancels(FakeApi):
    """An API that also cancels."""

    async def cancel_batch(self, batch_job_id: str) -> BatchJob:
        """Answer with the row of the job."""
        assert batch_job_id == RUNNING.id
        self.jobs = [CANCELING, FAILED]
        return CANCELING


@dataclass
class PollingWorld:
    """An account that lives through much, in one process after the other."""

    database: AnyDatabase
    api: Cancels
    clock: FakeClock
    #: Which line of the script is played.
    line: int = 0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin a new process."""
        every: dict[str, Any] = {
            "database": self.database,
            "clock": self.clock,
            "filters": lambda: FILTERS,
            "rules": RULES,
        }
        self._poll = AccountPoll("default", client=self.api, **every)
        self._watch = AccountWatch("default", **every)

    async def poll(self) -> None:
        """Poll once."""
        await self._poll.poll()

    async def tick(self) -> None:
        """Look at the time."""
        await self._watch.tick()

    async def cancel(self) -> None:
        """Cancel the job, as a command does; one that dies is not run again."""
        await cancel(
            RUNNING.id,
            account="default",
            client=self.api,
            database=self.database,
            clock=self.clock,
            filters=FILTERS,
        )


#: What happens: how much later, what the API has then (an error: it fails), and who acts.
SCRIPT: list[tuple[timedelta, list[BatchJob] | str, str]] = [
    (timedelta(), [], "poll"),
    (MINUTE, [RUNNING], "poll"),
    (HOUR, [MOVED, FAILED], "poll"),
    (MINUTE, "down", "poll"),
    (5 * MINUTE, "down", "tick"),
    (MINUTE, [MOVED, FAILED], "poll"),
    (17 * HOUR, [MOVED, FAILED], "tick"),
    (MINUTE, [MOVED, FAILED], "cancel"),
    (MINUTE, [CANCELING, FAILED], "poll"),
    (MINUTE, [CANCELLED, FAILED], "poll"),
]


async def lived(world: PollingWorld, driver: Driver) -> int:
    """Play the script, with a new process for each that dies; return how many did."""
    died = 0
    for world.line, (after, found, actor) in enumerate(SCRIPT):
        world.clock.advance(after)
        world.api.error = UnavailableError("503") if isinstance(found, str) else None
        world.api.jobs = [] if isinstance(found, str) else found
        act: Callable[[], Awaitable[None]] = getattr(world, actor)
        try:
            await act()
        except Died:
            died += 1
            driver.drop_connections()
            world.database.engine.dispose()
            world.start()
            if actor != "cancel":
                await getattr(world, actor)()
    return died


def told(database: AnyDatabase) -> dict[str, list[Any]]:
    """Return all that was recorded, and who is told of it, in an order of its own."""
    queries = {
        "events": "SELECT account, job, kind, qualifier, not_told, data FROM events",
        "told": "SELECT job, kind, qualifier, channel FROM notification_events"
        " JOIN events ON events.id = event_id",
        "reminded": "SELECT job, kind, reminders.channel FROM reminders"
        " JOIN events ON events.id = event_id",
        "jobs": "SELECT id, status, progress, announced, told_step FROM batch_jobs",
        "samples": "SELECT job, at, progress FROM progress_samples",
        "files": "SELECT id, filename FROM files",
        "empty": "SELECT id FROM notifications WHERE id NOT IN"
        " (SELECT notification_id FROM notification_events)",
    }
    with database.read() as connection:
        found = {
            name: sorted((tuple(row) for row in connection.exec_driver_sql(query)), key=str)
            for name, query in queries.items()
        }
    found["events"] = sorted(
        ((*rest, facts_of(data).get("input_file")) for *rest, data in found["events"]), key=str
    )
    return found


def facts_of(data: Any) -> dict[str, Any]:
    """Return the facts of an event's JSON, which SQLite gives as a text."""
    facts: dict[str, Any] = (json.loads(data) if isinstance(data, str) else data)["facts"]
    return facts


def world_in(folder: Path, empty: SqliteDatabase) -> PollingWorld:
    """Return a world with a database of its own."""
    folder.mkdir()
    shutil.copy(empty.path, folder / "bell.db")
    database = SqliteDatabase(f"sqlite:///{folder / 'bell.db'}")
    return PollingWorld(database, Cancels(file_names=NAMES), FakeClock())


@pytest.fixture
def migrated_file(database: SqliteDatabase) -> SqliteDatabase:
    """A migrated file, whole without its log."""
    database.shorten_log()
    return database


@pytest.mark.sqlite
async def test_whatever_call_it_dies_after_nothing_is_lost_and_nothing_told_twice(
    tmp_path: Path, migrated_file: SqliteDatabase
) -> None:
    """Every call of the driver: each statement, each BEGIN and each COMMIT, of the whole script."""
    undisturbed = world_in(tmp_path / "whole", migrated_file)
    file = sqlite_of(undisturbed)
    with (
        watched_driver(file) as driver,
        noted_remains(file, driver, lambda: (undisturbed.line, undisturbed.api.jobs)) as remains,
    ):
        assert await lived(undisturbed, driver) == 0
        calls = list(driver.calls)
    expected = told(undisturbed.database)
    undisturbed.database.close()
    assert expected["empty"] == []
    assert {(kind, channel) for _, kind, _, channel in expected["told"]} >= {
        ("batch.failed", "night"),
        ("batch.cancelled", "night"),
        ("batch.deadline_approaching", "all"),
        ("account.unreachable", "all"),
    }
    for last in remains.differing(range(1, len(calls) + 1)):
        world = world_in(tmp_path / str(last), migrated_file)
        with watched_driver(sqlite_of(world)) as driver:
            driver.after = dies_after(driver, last)
            assert await lived(world, driver) == 1, calls[last - 1]
        assert told(world.database) == expected, f"after call {last}: {calls[last - 1]}"
        world.database.close()


@pytest.mark.server
async def test_beside_whatever_commit_it_dies_nothing_is_lost_and_nothing_told_twice(
    database: AnyDatabase,
) -> None:
    """What is not committed a server forgets as well; on a file every call is gone through."""
    undisturbed = PollingWorld(database, Cancels(file_names=NAMES), FakeClock())
    with watched_commits(database) as driver:
        assert await lived(undisturbed, driver) == 0
        calls = len(driver.calls)
    expected = told(database)
    for last in range(1, calls + 1):
        empty(database)
        world = PollingWorld(database, Cancels(file_names=NAMES), FakeClock())
        with watched_commits(database) as driver:
            driver.after = dies_after(driver, last)
            assert await lived(world, driver) == 1, last
        assert told(database) == expected, last


def sqlite_of(world: PollingWorld) -> SqliteDatabase:
    assert isinstance(world.database, SqliteDatabase)
    return world.database


def dies_after(driver: Driver, last: int) -> Callable[[int], None]:
    """Return what ends the process after so many calls, and lets the next one live."""

    def look(number: int) -> None:
        if number == last:
            driver.after = lambda _number: None
            raise Died

    return look
