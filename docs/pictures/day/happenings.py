"""What happens on the day besides the jobs: to channels, to an account, and by somebody's hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from docs.pictures.day.job import RESEARCH
from docs.pictures.day.world import API_KEY
from tests.loopback_receivers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from docs.pictures.day.day import Day

    #: When, in hours after the moment, and what.
    Happening: TypeAlias = tuple[float, Callable[[], Coroutine[object, object, None]]]


def happenings(day: Day) -> list[Happening]:
    """Return what happens besides the jobs, in its order."""
    research = day.world.apis[RESEARCH]

    async def pager_fails() -> None:
        day.world.pager.default = Answer(status=500)

    async def key_is_refused() -> None:
        research.api_key = "another-key"

    async def key_is_taken() -> None:
        research.api_key = API_KEY

    async def is_acknowledged() -> None:
        for name in ("load-test-1", "load-test-2"):
            await asyncio.to_thread(day.command, "ack", day.world.plans[name].job_id)

    async def is_muted() -> None:
        job = day.world.plans["playground-run"].job_id
        await asyncio.to_thread(day.command, "mute", job, "--for", "12h")

    return [
        (-15.5, is_acknowledged),
        (-14.0, pager_fails),
        (-9.0, research.stop_listening),
        (-7.3, is_muted),
        (-6.5, research.listen),
        (-4.0, key_is_refused),
        (-3.5, key_is_taken),
    ]
