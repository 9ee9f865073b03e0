from __future__ import annotations

import asyncio
import threading
from typing import NoReturn

import pytest

from batchbell.errors import UnavailableError
from batchbell.wire.loop_thread import LoopThread
from tests.timeout import TIMEOUT_SECONDS


class Ends:
    """Counts how often the end was made."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self) -> None:
        self.count += 1


async def answered(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def fails() -> NoReturn:
    raise ValueError("as it was")


def test_work_is_done_in_another_thread_and_its_result_or_error_comes_back() -> None:
    thread = LoopThread(Ends())
    assert thread.run(answered(7)) == 7
    with pytest.raises(ValueError, match="as it was"):
        thread.run(fails())
    thread.stop()


def test_it_is_stopped_once_and_takes_no_more_work() -> None:
    ends = Ends()
    thread = LoopThread(ends)
    for _ in range(2):
        thread.stop()
    assert ends.count == 1
    with pytest.raises(UnavailableError, match="closed before"):
        thread.run(answered(7))


def test_what_waits_when_it_is_stopped_ends_with_an_error() -> None:
    thread, waits = LoopThread(Ends()), threading.Event()
    caught: list[UnavailableError] = []

    async def endless() -> None:
        waits.set()
        await asyncio.Event().wait()

    def call() -> None:
        with pytest.raises(UnavailableError, match="while it waited") as error:
            thread.run(endless())
        caught.append(error.value)

    caller = threading.Thread(target=call)
    caller.start()
    assert waits.wait(TIMEOUT_SECONDS)
    thread.stop()
    caller.join(TIMEOUT_SECONDS)
    assert len(caught) == 1


def test_its_own_thread_may_stop_it() -> None:
    ends = Ends()
    thread = LoopThread(ends)

    async def stop() -> None:
        thread.stop()

    with pytest.raises(UnavailableError):
        thread.run(stop_and_wait(stop))
    thread._thread.join(TIMEOUT_SECONDS)
    assert ends.count == 1


async def stop_and_wait(stop: object) -> None:
    assert callable(stop)
    await stop()
    await asyncio.Event().wait()
