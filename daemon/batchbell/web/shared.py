"""One answer for all who wait for the same: a crowd of readers costs what one of them does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

Answer = TypeVar("Answer")

#: In a crowd an answer is made only after so many times what the last one took: the bell has nine
#: tenths of the processor to itself.
REST = 9.0
#: ... but after this long at most, seconds.
LONGEST_REST_SECONDS = 1.0
#: While somebody writes, a crowd waits this long at most, and looks again after so long, seconds.
LONGEST_WRITE_SECONDS, LOOK_SECONDS = 1.0, 0.02


@dataclass
class _Turns(Generic[Answer]):
    """The answers to one question, made one after the other."""

    making: asyncio.Lock = field(default_factory=asyncio.Lock)
    #: Before this, by the loop's clock, none is begun.
    rests_until: float = 0.0
    #: What those get who have asked since the last one was begun, and how many they are.
    next: asyncio.Task[Answer] | None = None
    readers: int = 0


class Shared(Generic[Answer]):
    """Makes the answers, each begun after all were asked for who get it; of one event loop."""

    def __init__(
        self,
        stop: asyncio.Event,
        *,
        is_written: Callable[[], bool] = lambda: False,
        rest: float = REST,
        longest_rest_seconds: float = LONGEST_REST_SECONDS,
        longest_write_seconds: float = LONGEST_WRITE_SECONDS,
    ) -> None:
        """Rest no more once `stop` is set.

        `is_written` says whether what answers are made of is about to change.
        """
        self._stop = stop
        self._is_written = is_written
        self._longest_write_seconds = longest_write_seconds
        self._rest = rest
        self._longest_rest_seconds = longest_rest_seconds
        #: Of what is being made or waited for: no more than connections ask for.
        self._turns: dict[Hashable, _Turns[Answer]] = {}

    async def answer(self, question: Hashable, make: Callable[[], Awaitable[Answer]]) -> Answer:
        """Return what `make` makes of a question, perhaps for others who asked it as well.

        Raises what it raises.
        """
        turns = self._turns.setdefault(question, _Turns())
        if turns.next is None:
            turns.next = asyncio.create_task(self._made(question, turns, make))
            # An error is nobody's if all who asked are gone.
            turns.next.add_done_callback(lambda task: task.cancelled() or task.exception())
        turns.readers += 1
        # Who goes away takes the answer from nobody else.
        return await asyncio.shield(turns.next)

    async def _made(
        self, question: Hashable, turns: _Turns[Answer], make: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        loop = asyncio.get_running_loop()
        async with turns.making:
            await self._wait(turns.rests_until - loop.time())
            if turns.readers > 1:
                await self._wait_for_writers()
            turns.next, readers, turns.readers = None, turns.readers, 0
            began = loop.time()
            try:
                return await make()
            finally:
                took = loop.time() - began
                if readers > 1:
                    rest = min(took * self._rest, self._longest_rest_seconds)
                    turns.rests_until = loop.time() + rest
                if turns.next is None:
                    del self._turns[question]

    async def _wait_for_writers(self) -> None:
        """Make nothing beside a poll that is recorded: it would take longer, and this be old."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._longest_write_seconds
        while self._is_written() and loop.time() < until and not self._stop.is_set():
            await self._wait(LOOK_SECONDS)

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), seconds)
