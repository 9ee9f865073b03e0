"""Readers wait for each other, and nobody else for them."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from batchbell.core.job import BatchJob
from batchbell.web.work import MOST, THREADS, BusyError, Work
from tests.fakes import eventually
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from batchbell.store.database import Database, Transaction
    from tests.web.site import Site


class Barrier:
    """Holds up what comes by until it is opened."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.threads: list[str] = []

    def pass_by(self) -> int:
        self.threads.append(threading.current_thread().name)
        assert self.opened.wait(TIMEOUT_SECONDS)
        return len(self.threads)


@pytest.fixture
def barrier() -> Iterator[Barrier]:
    made = Barrier()
    yield made
    made.opened.set()


async def test_what_is_made_comes_back_and_so_does_what_is_raised() -> None:
    work = Work(most=1)
    assert await work.do(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await work.do(lambda: 1 // 0)
    assert await work.do(lambda: 8) == 8


async def test_one_more_than_there_is_room_for_is_refused_and_room_comes_back(
    barrier: Barrier,
) -> None:
    work = Work(threads=1, most=2)
    asking = [asyncio.create_task(work.do(barrier.pass_by)) for _ in range(2)]
    await eventually(lambda: bool(barrier.threads))
    with pytest.raises(BusyError, match="try again"):
        await work.do(barrier.pass_by)
    # One that still waits and is given up makes room at once.
    asking[1].cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking[1]
    third = asyncio.create_task(work.do(lambda: "made"))
    barrier.opened.set()
    assert await asking[0] == 1
    assert await third == "made"
    assert len(barrier.threads) == 1


async def test_who_waits_for_an_answer_is_told_that_it_stops(barrier: Barrier) -> None:
    stop = asyncio.Event()
    work = Work(stop, threads=1)
    asking = [asyncio.create_task(work.do(barrier.pass_by)) for _ in range(2)]
    await eventually(lambda: bool(barrier.threads))
    stop.set()
    for task in asking:
        with pytest.raises(BusyError, match="stopped"):
            await task
    barrier.opened.set()
    assert len(barrier.threads) == 1


async def test_forty_readers_take_no_thread_of_the_bells_and_are_told_to_come_back(
    site: Site, barrier: Barrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.polled()
    site.has(BatchJob(id="batch-1", status="VALIDATING"))
    reading = type(site.database).read

    def held_up(database: Database) -> AbstractContextManager[Transaction]:
        if threading.current_thread() is not threading.main_thread():
            barrier.pass_by()
        return reading(database)

    await site.get("/")
    # From here on whoever reads stays in the database until it is let go.
    monkeypatch.setattr(type(site.database), "read", held_up)
    paths = ["/events", "/feed.atom", "/deadlines.ics", "/metrics", "/api/jobs"] * 8
    asking = [asyncio.create_task(site.get(path)) for path in paths]
    await eventually(lambda: any(task.done() for task in asking))
    # The bell's own threads are free meanwhile.
    assert await asyncio.wait_for(asyncio.to_thread(lambda: "rung"), TIMEOUT_SECONDS / 2) == "rung"
    barrier.opened.set()
    answers = await asyncio.gather(*asking)
    busy = [answer for answer in answers if answer.status_code == 503]
    assert MOST <= len(answers) - len(busy) < len(answers)
    # Two made answers; one more looked whether there is something new.
    assert len(set(barrier.threads)) <= THREADS + 1
    assert all(name.startswith("page") for name in barrier.threads)
    assert {answer.headers["retry-after"] for answer in busy} == {"2"}
    assert all("Too many ask" in answer.text for answer in busy)
