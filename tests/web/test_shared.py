"""Readers who ask for the same at the same time."""

from __future__ import annotations

import asyncio

import pytest

from batchbell.web.shared import LOOK_SECONDS, Shared
from tests.fakes import eventually


class Maker:
    """Makes numbered answers, each when it is let."""

    def __init__(self, *, is_broken: bool = False) -> None:
        """Make none yet."""
        self.begun = 0
        self._is_broken = is_broken
        self._let = asyncio.Semaphore(0)

    async def make(self) -> int:
        """Return which one it is."""
        self.begun += 1
        number = self.begun
        await self._let.acquire()
        if self._is_broken:
            raise ValueError
        return number

    def let(self, answers: int = 1) -> None:
        """Let so many be ended."""
        for _ in range(answers):
            self._let.release()


@pytest.fixture
def shared() -> Shared[int]:
    return Shared(asyncio.Event(), rest=0.0)


@pytest.fixture
def maker_of_one() -> Maker:
    """One whose first answer is let at once."""
    maker = Maker()
    maker.let()
    return maker


async def asking(shared: Shared[int], maker: Maker, readers: int) -> list[asyncio.Task[int]]:
    """Ask at once; return when all have asked."""
    tasks = [asyncio.create_task(shared.answer("page", maker.make)) for _ in range(readers)]
    await asyncio.sleep(0)
    return tasks


async def test_who_asks_before_an_answer_is_begun_shares_it(shared: Shared[int]) -> None:
    maker = Maker()
    first = await asking(shared, maker, 1)
    await eventually(lambda: maker.begun == 1)
    # What they ask about may have changed since the first was begun: they get one of their own.
    later = await asking(shared, maker, 5)
    maker.let(2)
    assert await asyncio.gather(*first, *later) == [1, 2, 2, 2, 2, 2]
    assert maker.begun == 2


async def test_other_questions_are_answered_beside_it(shared: Shared[int]) -> None:
    maker, other = Maker(), Maker()
    held = await asking(shared, maker, 1)
    other.let()
    assert await shared.answer("another page", other.make) == 1
    maker.let()
    assert await held[0] == 1


async def test_an_error_is_everybodys_and_the_next_answer_is_made_anew() -> None:
    shared = Shared[int](asyncio.Event())
    broken, maker = Maker(is_broken=True), Maker()
    readers = await asking(shared, broken, 3)
    broken.let()
    found = await asyncio.gather(*readers, return_exceptions=True)
    assert [type(each) for each in found] == [ValueError] * 3
    maker.let()
    assert await shared.answer("page", maker.make) == 1


async def test_a_reader_who_leaves_takes_the_answer_from_nobody(shared: Shared[int]) -> None:
    maker = Maker()
    leaving, staying = await asking(shared, maker, 2)
    leaving.cancel()
    maker.let()
    assert await staying == 1


async def test_after_a_crowd_the_next_answer_waits_until_the_bell_had_its_time() -> None:
    stop = asyncio.Event()
    shared, maker = Shared[int](stop, rest=1e9, longest_rest_seconds=1e9), Maker()
    crowd = await asking(shared, maker, 2)
    await eventually(lambda: maker.begun == 1)
    next_ones = await asking(shared, maker, 2)
    maker.let(2)
    assert await asyncio.gather(*crowd) == [1, 1]
    for _ in range(10):
        await asyncio.sleep(0)
    assert maker.begun == 1
    # Nobody waits for it when all is being stopped.
    stop.set()
    assert await asyncio.gather(*next_ones) == [2, 2]


async def test_one_reader_after_the_other_waits_for_nothing() -> None:
    shared, maker = Shared[int](asyncio.Event(), rest=1e9, longest_rest_seconds=1e9), Maker()
    maker.let(3)
    assert [await shared.answer("page", maker.make) for _ in range(3)] == [1, 2, 3]


async def test_a_crowd_waits_for_whoever_writes(maker_of_one: Maker) -> None:
    is_written = True
    shared = Shared[int](asyncio.Event(), is_written=lambda: is_written, rest=0.0)
    readers = await asking(shared, maker_of_one, 2)
    await asyncio.sleep(2 * LOOK_SECONDS)
    assert maker_of_one.begun == 0
    # Who comes meanwhile gets the same.
    readers += await asking(shared, maker_of_one, 1)
    is_written = False
    assert await asyncio.gather(*readers) == [1, 1, 1]


async def test_a_reader_alone_waits_for_nobody(maker_of_one: Maker) -> None:
    shared = Shared[int](asyncio.Event(), is_written=lambda: True)
    assert await shared.answer("page", maker_of_one.make) == 1


async def test_a_crowd_waits_for_endless_writes_no_longer_than_that(maker_of_one: Maker) -> None:
    shared = Shared[int](
        asyncio.Event(), is_written=lambda: True, rest=0.0, longest_write_seconds=0.05
    )
    assert await asyncio.gather(*await asking(shared, maker_of_one, 2)) == [1, 1]


async def test_who_stops_waits_for_no_writer(maker_of_one: Maker) -> None:
    stop = asyncio.Event()
    shared = Shared[int](stop, is_written=lambda: True, longest_write_seconds=3600.0)
    readers = await asking(shared, maker_of_one, 2)
    stop.set()
    assert await asyncio.gather(*readers) == [1, 1]
