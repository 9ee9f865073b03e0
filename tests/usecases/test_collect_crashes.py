"""The process dies after any statement or commit of a poll or a collection, and goes on."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.core.results.collecting import CollectionTerms
from batchbell.core.routing import Filter
from batchbell.store import queue, results
from batchbell.store.sqlite.database import SqliteDatabase
from tests.fakes import MINUTE
from tests.statements import Died, watched_commits, watched_driver
from tests.usecases.collecting import GONE, CollectingWorld, ended
from tests.usecases.deaths import empty, noted_remains
from tests.usecases.test_crashes import dies_after, facts_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.statements import Driver
    from tests.usecases.test_crashes import AnyDatabase

#: The same way is gone again and again: other tests measure what it covers, once.
pytestmark = pytest.mark.unmeasured

SECOND = timedelta(seconds=1)
TERMS = CollectionTerms(wait=10 * SECOND, give_up_after=12 * SECOND)
FILTERS = (Filter(channel="team"),)
#: What happens: how much later, and who acts.
SCRIPT: list[tuple[timedelta, str]] = [
    (timedelta(), "baseline"),
    (MINUTE, "poll"),
    (timedelta(), "send"),
    (timedelta(), "collect"),
    (timedelta(), "send"),
    (5 * SECOND, "collect"),
    (7 * SECOND, "collect"),
    (timedelta(), "send"),
    (MINUTE, "later"),
    (timedelta(), "collect"),
    (MINUTE, "turn_off"),
    (MINUTE, "send"),
]


class ManyEnds(CollectingWorld):
    """An account of which jobs end with files that are whole, short, late and lost."""

    #: Which line of the script is played.
    line = 0

    def __post_init__(self) -> None:
        self.filters, self.terms = FILTERS, TERMS
        for number in (1, 2, 3, 4):
            self.api.has(number, answered=10 - number // 2)
        self.api.files["out-3"] = GONE
        super().__post_init__()

    async def poll(self) -> None:
        """See several jobs end at once."""
        ends = (ended(1), ended(2), ended(3), ended(9, "FAILED", output_file_id=None))
        await self.end(*ends)

    async def later(self) -> None:
        """See an error file that came late, and another end."""
        self.api.files["err-1"] = b'{"custom_id": "r0", "error": {"code": "429"}}\n'
        await self.end(ended(1, error_file_id="err-1"), ended(4, "EXPIRED"), ended(5, "EXPIRED"))

    async def turn_off(self) -> None:
        """Read no more, of whatever waits."""
        self.reader.off.add("default")
        await self.collect()

    async def act(self, actor: str) -> None:
        """Do a step of the script."""
        if actor == "send":
            self.send_all()
        else:
            await getattr(self, actor)()


async def lived_through(world: ManyEnds, driver: Driver, calls: list[int] | None = None) -> int:
    """Play the script, with a new process for each that dies; return how many did.

    `calls` gets the numbers of those that are no delivery's, whose crashes are another test's.
    """
    died = 0
    for world.line, (after, actor) in enumerate(SCRIPT):
        world.clock.advance(after)
        before = len(driver.calls)
        try:
            await world.act(actor)
        except Died:
            died += 1
            driver.drop_connections()
            world.database.engine.dispose()  # type: ignore[attr-defined] # SQLite's
            world.start()
            with world.database.write() as connection:
                queue.void_claims(connection)
                results.void_claims(connection)
            await world.act(actor)
        if calls is not None and actor != "send":
            calls += range(before + 1, len(driver.calls) + 1)
    return died


def recorded(database: AnyDatabase) -> dict[str, list[Any]]:
    """Return all that was recorded, and who is told of it, in an order of its own."""
    queries = {
        "events": "SELECT job, kind, qualifier, not_told, data FROM events",
        "told": "SELECT job, kind, qualifier, notification_events.channel, state"
        " FROM notification_events JOIN events ON events.id = event_id"
        " JOIN notifications ON notifications.id = notification_id",
        "results": 'SELECT job, "end", state, verdict, succeeded, failed, missing, files, reason,'
        " attempts, next_attempt_at, locked_until FROM results",
    }
    with database.read() as connection:
        found = {
            name: sorted((tuple(row) for row in connection.exec_driver_sql(query)), key=str)
            for name, query in queries.items()
        }
    found["events"] = sorted(((*rest, facts_of(data)) for *rest, data in found["events"]), key=str)
    return found


def world_at(folder: Path, empty: SqliteDatabase) -> ManyEnds:
    """Return a world with a database of its own."""
    folder.mkdir()
    shutil.copy(empty.path, folder / "bell.db")
    return ManyEnds(SqliteDatabase(f"sqlite:///{folder / 'bell.db'}"))


@pytest.mark.sqlite
async def test_whatever_call_it_dies_after_verdicts_are_told_once_and_attempts_count_once(
    tmp_path: Path, database: SqliteDatabase
) -> None:
    """Every call of the driver: each statement, each BEGIN and each COMMIT, of the whole script."""
    database.shorten_log()
    undisturbed = world_at(tmp_path / "whole", database)
    numbers: list[int] = []
    with (
        watched_driver(sqlite_of(undisturbed)) as driver,
        noted_remains(
            sqlite_of(undisturbed),
            driver,
            lambda: (undisturbed.line, undisturbed.api.jobs, undisturbed.api.files),
        ) as remains,
    ):
        assert await lived_through(undisturbed, driver, numbers) == 0
        calls = list(driver.calls)
    expected = recorded(sqlite_of(undisturbed))
    undisturbed.database.close()
    states = {row[0]: (row[1], row[2], row[3]) for row in expected["results"]}
    assert states == {
        "job-1": ("end:COMPLETED", "counted", "complete"),
        "job-2": ("end:COMPLETED", "counted", "partial"),
        "job-3": ("end:COMPLETED", "lost", "unknown"),
        "job-4": ("end:EXPIRED", "counted", "partial"),
        "job-5": ("end:EXPIRED", "skipped", None),
    }
    assert {row[4] for row in expected["told"]} == {"sent"}
    assert ("job-3", "batch.results_lost", "end:COMPLETED", "team", "sent") in expected["told"]
    for last in remains.differing(numbers):
        world = world_at(tmp_path / str(last), database)
        with watched_driver(sqlite_of(world)) as driver:
            driver.after = dies_after(driver, last)
            assert await lived_through(world, driver) == 1, calls[last - 1]
        assert recorded(sqlite_of(world)) == expected, f"after call {last}: {calls[last - 1]}"
        world.database.close()
        shutil.rmtree(tmp_path / str(last))


@pytest.mark.server
async def test_beside_whatever_commit_it_dies_verdicts_are_told_once_and_attempts_count_once(
    database: AnyDatabase,
) -> None:
    """What is not committed a server forgets as well; on a file every call is gone through."""
    numbers: list[int] = []
    with watched_commits(database) as driver:
        assert await lived_through(ManyEnds(database), driver, numbers) == 0
    expected = recorded(database)
    for last in numbers:
        empty(database)
        with watched_commits(database) as driver:
            driver.after = dies_after(driver, last)
            assert await lived_through(ManyEnds(database), driver) == 1, last
        assert recorded(database) == expected, last


def sqlite_of(world: ManyEnds) -> SqliteDatabase:
    assert isinstance(world.database, SqliteDatabase)
    return world.database
