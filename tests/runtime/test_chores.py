"""Reminders, pruning and the check-up, each in its turn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.clock import Clock, boot_seconds
from batchbell.config import LoadedConfig, Settings
from batchbell.errors import DatabaseError, KeepError
from batchbell.runtime import chores, reminding
from batchbell.runtime.chores import Chores
from batchbell.runtime.in_force import InForce
from batchbell.runtime.liveness import Liveness
from batchbell.runtime.lull import News
from batchbell.runtime.reminding import Reminding
from batchbell.runtime.scheduler import Scheduler
from batchbell.store import history
from batchbell.store.sqlite import checkup
from batchbell.usecases.prune_kept import prune_kept
from tests.fakes import START, eventually
from tests.usecases.test_prune_kept import kept_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection

    from batchbell.store.sqlite.database import SqliteDatabase


class ChoresBench:
    """Chores that are tried again at once."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.folder = database.path.with_name("results")
        settings = Settings.model_validate(
            {
                "database_url": f"sqlite:///{database.path}",
                "results": {"folder": str(self.folder), "keep_for": "1h"},
            }
        )
        self.liveness = Liveness(boot_seconds)
        self.news = News()
        self.scheduler = Scheduler()
        #: Whether there was a poll, and these chores are this replica's.
        self.are_ours = False
        in_force = InForce(LoadedConfig(settings, path=None, origins={}, warnings=()))
        self.chores = Chores(
            database,
            clock=Clock(),
            scheduler=self.scheduler,
            liveness=self.liveness,
            in_force=in_force,
            has_tried=lambda: self.are_ours,
            reminding=Reminding(
                database,
                clock=Clock(),
                liveness=self.liveness,
                in_force=in_force,
                news=self.news,
                on_reminders=lambda: None,
            ),
            retry_seconds=0.05,
        )


@pytest.fixture
async def bench(database: SqliteDatabase) -> AsyncIterator[ChoresBench]:
    bench = ChoresBench(database)
    bench.scheduler.start()
    yield bench
    await bench.scheduler.stop(grace_seconds=5)


async def test_damage_is_told_until_a_later_look_finds_none(
    bench: ChoresBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    found: list[str | None] = ["wrong # of entries in index"]
    looks = 0

    def damage(_: Connection) -> str | None:
        nonlocal looks
        looks += 1
        return found[0]

    monkeypatch.setattr(checkup, "damage", damage)
    bench.chores.start()
    await eventually(lambda: looks > 1)
    (said,) = bench.liveness.complaints()
    assert "is damaged: wrong # of entries in index" in said
    assert "restore a backup" in said
    assert caplog.text.count("the check-up found damage") == 1
    found[0] = None
    await eventually(lambda: bench.liveness.complaints() == [])
    assert "the check-up finds the database sound again" in caplog.messages


async def test_a_database_too_broken_to_be_looked_at_is_damage(
    bench: ChoresBench, database: SqliteDatabase
) -> None:
    with database.read():
        pass
    database.path.rename(database.path.with_name("away.db"))
    bench.chores.start()
    await eventually(lambda: any("moved away" in said for said in bench.liveness.complaints()))
    database.path.with_name("away.db").rename(database.path)
    await eventually(lambda: bench.liveness.complaints() == [])


async def test_a_pruning_that_failed_is_tried_again_soon(
    bench: ChoresBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    full = True
    delete_jobs = history.delete_jobs

    def deleting(connection: Connection, **options: object) -> int:
        if full:
            raise DatabaseError("disk full")
        return delete_jobs(connection, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(history, "delete_jobs", deleting)
    bench.are_ours = True
    bench.chores.polled_well()
    await eventually(lambda: bench.liveness.complaints() == ["disk full"])
    full = False
    await eventually(lambda: "pruning works again" in caplog.messages)
    assert caplog.text.count("pruning waits for its next turn: disk full") == 1
    # Nothing was old enough to be deleted: only a real write shows that the disk has room.
    assert bench.liveness.complaints() == ["disk full"]
    bench.liveness.database_written("poll of default")
    assert bench.liveness.complaints() == []


async def test_old_result_files_are_removed_as_soon_as_they_can_be(
    bench: ChoresBench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    place = await asyncio.to_thread(kept_at, bench.folder, "job", START)
    is_readable = False

    def pruning(*arguments: Any) -> int:
        if not is_readable:
            raise KeepError("the folder can't be read")
        return prune_kept(*arguments)

    monkeypatch.setattr(chores, "prune_kept", pruning)
    bench.are_ours = True
    bench.chores.polled_well()
    await eventually(lambda: "old result files stay: the folder can't be read" in caplog.messages)
    is_readable = True
    await eventually(lambda: not place.exists())
    await eventually(lambda: "old result files are removed again" in caplog.messages)
    assert bench.liveness.complaints() == []


async def test_of_a_chore_that_another_replica_has_now_no_failure_is_ours(
    bench: ChoresBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    def full(*_: object) -> int:
        nonlocal tries
        tries += 1
        raise DatabaseError("disk full")

    for chore in ("prune", "prune_kept"):
        monkeypatch.setattr(chores, chore, full)

    def remind(*_: object, **_named: object) -> int:
        return full()

    monkeypatch.setattr(reminding, "remind", remind)
    bench.are_ours = True
    bench.chores.polled_well()
    bench.chores.start()
    await eventually(lambda: tries > 2 and bench.liveness.complaints() == ["disk full"])
    bench.are_ours = False
    await bench.chores._remind()
    await eventually(lambda: bench.liveness.complaints() == [])


async def test_nobody_looks_for_reminders_until_something_is_committed(
    bench: ChoresBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    found: list[int | None] = [None]

    def remind(*_: object, **_named: object) -> int | None:
        nonlocal looks
        looks += 1
        return found[0]

    monkeypatch.setattr(reminding, "remind", remind)
    bench.are_ours = True
    await bench.chores._remind()
    await bench.chores._remind()
    assert looks == 1
    bench.news.came()
    found[0] = 0
    for _ in range(3):
        await bench.chores._remind()
    assert looks == 4


async def test_what_is_committed_during_a_look_for_reminders_is_looked_at(
    bench: ChoresBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0

    def remind(*_: object, **_named: object) -> None:
        nonlocal looks
        looks += 1
        bench.news.came()

    monkeypatch.setattr(reminding, "remind", remind)
    bench.are_ours = True
    await bench.chores._remind()
    await bench.chores._remind()
    assert looks == 2
