from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from batchbell.core.job import BatchJob
from batchbell.web.live import Changes, announcements
from tests.timeout import TIMEOUT_SECONDS
from tests.web.site import MINUTE, Site, lose

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from batchbell.store.database import Database


def changes_of(site: Site, *, look_every_seconds: float = 0.01) -> Changes:
    return Changes(site.database, site.liveness, look_every_seconds=look_every_seconds)


async def next_of(stream: AsyncIterator[str]) -> str:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        return await anext(stream)


async def test_a_listener_is_told_the_version_and_then_every_new_one(site: Site) -> None:
    stream = announcements(changes_of(site), site.stop)
    assert await next_of(stream) == "retry: 2000\n\n"
    first = await next_of(stream)
    assert first.startswith("event: version\ndata: ")
    site.clock.advance(MINUTE)
    site.polled()
    second = await next_of(stream)
    site.liveness.said = ["polling: no sign of life"]
    third = await next_of(stream)
    assert len({first, second, third}) == 3


async def test_the_page_carries_the_version_the_stream_begins_with(site: Site) -> None:
    site.polled()
    site.has(BatchJob(id="batch-1", status="VALIDATING"))
    (main,) = (await site.seen()).all("main")
    stream = announcements(changes_of(site), site.stop)
    await next_of(stream)
    assert await next_of(stream) == f"event: version\ndata: {main['data-version']}\n\n"


async def test_silence_is_broken_so_that_dead_connections_are_noticed(site: Site) -> None:
    stream = announcements(changes_of(site), site.stop, sign_of_life_seconds=0.05)
    await next_of(stream)
    await next_of(stream)
    assert await next_of(stream) == ": still here\n\n"
    assert await next_of(stream) == ": still here\n\n"


async def test_the_stream_ends_when_the_daemon_stops(site: Site) -> None:
    stream = announcements(changes_of(site), site.stop)
    await next_of(stream)
    await next_of(stream)
    site.stop.set()
    with pytest.raises(StopAsyncIteration):
        await next_of(stream)


async def test_many_listeners_ask_the_database_once(site: Site) -> None:
    changes = changes_of(site, look_every_seconds=60.0)
    first = await changes.version()
    site.polled()
    assert {await changes.version() for _ in range(10)} == {first}


async def test_an_unreadable_database_is_a_version_of_its_own(
    site: Site, database: Database
) -> None:
    lose(database, "attempts")
    assert await changes_of(site).version() == "unreadable-0"


async def test_a_head_request_for_the_stream_ends_at_once(site: Site) -> None:
    answer = await site.ask("HEAD", "/live")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
