"""A daemon as one of several: its signs of life, and work that follows what it has."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell import __version__
from batchbell import clock as clock_module
from batchbell.clock import Clock, boot_seconds
from batchbell.config import Settings
from batchbell.errors import DatabaseError
from batchbell.runtime.liveness import Liveness
from batchbell.runtime.replicas import Replicas, config_mark, identity
from batchbell.store import replicas as stored
from batchbell.usecases.membership import Identity, Membership
from tests.fakes import eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from batchbell.store.database import Database


def settings(*accounts: str, **more: object) -> Settings:
    return Settings.model_validate(
        {
            "database_url": "sqlite:////tmp/nowhere.db",
            "accounts": {name: {"api_key": "fake"} for name in accounts},
            "channels": {"team": {"url": "json://127.0.0.1"}},
            **more,
        }
    )


@dataclass
class Pair:
    """A replica whose work is noted, and another one that is moved by hand."""

    database: Database
    liveness: Liveness = field(default_factory=lambda: Liveness(boot_seconds))
    settled: list[set[str]] = field(default_factory=list)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.membership = Membership(self.database, identity(), seconds=lambda: self.seconds)
        self.replicas = Replicas(self.membership, liveness=self.liveness, beat_seconds=0.01)
        self.other = Membership(
            self.database,
            Identity(id="other", name="other:1", version=__version__),
            seconds=lambda: self.seconds,
        )

    async def settle(self) -> None:
        """Note what work begins on."""
        self.settled.append({name for name in "abcd" if self.replicas.holds_account(name)})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take part for the length of the block."""
        await self.replicas.want(settings(*"abcd"))
        task = asyncio.create_task(self.replicas.run(self.settle))
        yield
        await self.replicas.settle_no_more()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self.replicas.leave()


@pytest.fixture
def pair(database: Database) -> Pair:
    return Pair(database)


async def test_work_follows_what_it_has(pair: Pair) -> None:
    async with pair.running():
        await eventually(lambda: pair.settled[-1:] == [set("abcd")])
        assert pair.replicas.holds_channel("team")
        assert pair.replicas.cut_off() == ""
        pair.other.want([f"account {name}" for name in "abcd"], "y")
        pair.other.beat()
        await eventually(lambda: len(pair.settled[-1]) == 2)
        await eventually(lambda: pair.membership.leaving() == frozenset())
        pair.other.beat()
        assert len(pair.other.held()) == 2
        pair.other.leave()
        await eventually(lambda: pair.settled[-1] == set("abcd"))
    with pair.database.read() as connection:
        assert stored.load(connection) == []
        assert {owner for owner, _ in stored.owners(connection).values()} == {""}


async def test_who_is_about_to_stop_begins_no_more_work_and_still_gives_signs_of_life(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def endless() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr(pair, "settle", endless)
    async with pair.running():
        await begun.wait()
        await pair.replicas.settle_no_more()
        assert ended.is_set()

        begun.clear()
        beats = 0

        def beat() -> None:
            nonlocal beats
            beats += 1

        monkeypatch.setattr(pair.membership, "beat", beat)
        await eventually(lambda: beats > 2)
        assert not begun.is_set()


async def test_one_with_another_configuration_is_told_once(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    pair.other.want([], "another")
    pair.other.beat()
    async with pair.running():
        await eventually(lambda: "other:1" in caplog.text)
        before = len(pair.settled)
        pair.other.beat()
        await eventually(lambda: len(pair.settled) >= before)
    told = [line for line in caplog.messages if "another configuration" in line]
    assert told == ["replica other:1 runs with another configuration than the others"]


async def test_without_the_database_it_is_red_and_lets_its_work_end(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise DatabaseError("the server can't be reached")

    async with pair.running():
        await eventually(lambda: pair.settled[-1:] == [set("abcd")])
        with monkeypatch.context() as patched:
            patched.setattr(pair.membership, "beat", broken)
            patched.setattr(pair.membership, "leave", broken)
            await eventually(lambda: bool(pair.liveness.complaints()))
            pair.seconds += 5
            await eventually(lambda: pair.settled[-1] == set())
            assert "cut off from the database" in pair.replicas.cut_off()
        await eventually(lambda: pair.settled[-1] == set("abcd"))
        assert pair.liveness.complaints() == []
        monkeypatch.setattr(pair.membership, "leave", broken)


async def test_who_is_alone_has_everything(database: Database) -> None:
    del database
    alone = Replicas(None, liveness=Liveness(boot_seconds))

    async def never() -> None:
        raise AssertionError

    await alone.want(settings("a"))
    await alone.run(never)
    await alone.leave()
    assert alone.holds_account("a")
    assert alone.holds_channel("team")
    assert alone.cut_off() == ""


def test_two_starts_are_never_the_same_replica() -> None:
    assert identity().id != identity().id
    assert identity().name == identity().name


def test_a_configuration_differs_by_what_is_decided_with_it() -> None:
    mark = config_mark(settings("a"))
    same = settings(
        "a",
        database_url="postgresql://other@host/name",
        log_level="debug",
        web={"enabled": False},
        results={"folder": "/srv/results"},
    )
    assert config_mark(same) == mark
    assert config_mark(settings("a", "b")) != mark
    assert config_mark(settings("a", alerts={"stalled_after": "3h"})) != mark


async def test_before_an_answer_all_go_by_the_database_s_clock(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that delivers and polls nothing has a wall clock that is an hour off."""
    wrong = clock_module.wall_time() + timedelta(hours=1)
    monkeypatch.setattr(clock_module, "wall_time", lambda: wrong)
    clock = Clock()
    membership = Membership(database, identity(), seconds=boot_seconds)
    assert membership.database_time() is None
    replicas = Replicas(membership, liveness=Liveness(boot_seconds), assume=clock.assume)
    await replicas.want(settings("a"))
    assert timedelta(minutes=50) < wrong - clock.now() < timedelta(minutes=70)
