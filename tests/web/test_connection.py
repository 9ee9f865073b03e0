"""How long a connection may take to read its answer, told by what is left of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from batchbell.web.connection import Bounds, CarefulProtocol
from tests.web.loop_time import LoopTime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

IDLE_SECONDS = 10


class Peer(asyncio.Transport):
    """The way to a peer, who takes of what is sent as much as the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.is_cut_off = False
        #: What it has not taken yet, bytes.
        self.unsent = 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("192.0.2.1", 50_000) if name == "peername" else default

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self.is_cut_off

    def abort(self) -> None:
        self.is_cut_off = True

    def close(self) -> None:
        """Nothing is behind it."""


class Answering:
    """A connection whose request is being answered for as long as the test lasts."""

    def __init__(self) -> None:
        self.peer, self.time, self._over = Peer(), LoopTime(), asyncio.Event()
        config = Config(self._answer, interface="asgi3", log_config=None)
        config.load()
        bounds = Bounds(idle_seconds=IDLE_SECONDS)
        self.protocol = CarefulProtocol(config, ServerState(), {}, bounds=bounds)
        self.protocol.connection_made(self.peer)
        self.protocol.data_received(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")

    async def _answer(self, scope: object, receive: object, send: object) -> None:
        del scope, receive, send
        await self._over.wait()

    async def end(self) -> None:
        """Hang up, and let the answer end that nobody waits for any more."""
        self.protocol.connection_lost(None)
        self._over.set()
        await asyncio.gather(*self.protocol.tasks)

    async def stays(self, *left: int) -> bool:
        """Whether it is still there after a look at each of these amounts that are left, bytes."""
        for self.peer.unsent in left:
            await self.time.passes(IDLE_SECONDS + 1)
        return not self.peer.is_cut_off


@pytest.fixture
async def answering() -> AsyncIterator[Answering]:
    made = Answering()
    yield made
    await made.end()


async def test_who_takes_a_little_of_a_long_answer_in_time_goes_on(answering: Answering) -> None:
    assert await answering.stays(9_000, 8_999, 8_000, 1)


async def test_who_has_taken_everything_may_wait_for_more(answering: Answering) -> None:
    assert await answering.stays(0, 0, 9_000, 0, 0)


async def test_who_takes_nothing_of_an_answer_is_cut_off(answering: Answering) -> None:
    assert await answering.stays(9_000)
    assert not await answering.stays(9_000)


async def test_what_was_taken_counts_though_as_much_is_left_again(answering: Answering) -> None:
    assert await answering.stays(9_000)
    for _ in range(3):
        # It took most of it, and the answer went on.
        answering.protocol.pause_writing()
        answering.protocol.resume_writing()
        assert await answering.stays(9_500)
    assert not await answering.stays(9_500)
