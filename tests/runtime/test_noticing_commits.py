"""Commits of other processes wake whoever may have something to do."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from batchbell.clock import Clock, boot_seconds
from batchbell.errors import DatabaseError
from batchbell.observability.metrics import Metrics
from batchbell.runtime.channel_workers import ChannelWorkers
from batchbell.runtime.liveness import Liveness
from batchbell.runtime.lull import News
from tests.fakes import eventually


@dataclass
class FakeDatabase:
    """A database, and its watch, to which others commit as a test wants."""

    #: What can be read from once a question is worth while; None to be asked again and again.
    hint: int | None = None
    commits: int = 0
    questions: int = 0
    is_watched: bool = False
    errors: list[DatabaseError] = field(default_factory=list)

    def changes(self) -> FakeDatabase:
        """Return the watch."""
        self.is_watched = True
        return self

    def changed(self) -> bool:
        """Count; say whether there was a commit, and forget it and its hint."""
        self.questions += 1
        if self.errors:
            raise self.errors.pop()
        if self.hint is not None:
            os.read(self.hint, 100)
        news, self.commits = self.commits > 0, 0
        return news

    def close(self) -> None:
        """Nothing is kept."""


def noticing(database: FakeDatabase, news: list[str]) -> asyncio.Task[None]:
    workers = ChannelWorkers(
        cast("Any", None),
        database=cast("Any", database),
        clock=Clock(),
        liveness=Liveness(boot_seconds),
        metrics=Metrics(),
        is_ours=lambda _: True,
        news=News(),
        look_seconds=0.01,
    )
    return asyncio.create_task(workers.notice_commits(also=lambda: news.append("woken")))


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_without_hints_the_database_is_asked_again_and_again() -> None:
    database, news = FakeDatabase(), list[str]()
    task = noticing(database, news)
    await eventually(lambda: database.questions > 2)
    assert news == []
    database.commits = 1
    await eventually(lambda: news == ["woken"])
    await ended(task)


async def test_with_hints_it_is_asked_only_when_there_is_one() -> None:
    reading, writing = os.pipe()
    database, news = FakeDatabase(hint=reading, commits=1), list[str]()
    task = noticing(database, news)
    await eventually(lambda: database.is_watched)
    for _ in range(3):
        await asyncio.sleep(0)
    assert (database.questions, news) == (0, [])
    os.write(writing, b"closed")
    await eventually(lambda: news == ["woken"])
    # One that only read closed it, too.
    os.write(writing, b"closed")
    await eventually(lambda: database.questions == 2)
    assert news == ["woken"]
    await ended(task)
    os.close(reading)
    os.close(writing)


async def test_a_lost_database_is_asked_again_and_everybody_looks_himself() -> None:
    database, news = FakeDatabase(errors=[DatabaseError("gone")]), list[str]()
    task = noticing(database, news)
    await eventually(lambda: news == ["woken"])
    await eventually(lambda: database.questions > 2)
    await ended(task)
