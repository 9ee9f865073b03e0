"""Sleep between two looks at a queue: until something is due or committed, and never for long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.clock import Clock

#: Without anything due a queue is looked at again after this long at the latest, seconds.
LONGEST_NAP_SECONDS = 60.0


class Nap:
    """What one worker sleeps by."""

    def __init__(self, clock: Clock, longest_seconds: float) -> None:
        """Sleep not yet; `longest_seconds` is how long it sleeps at most."""
        self._clock = clock
        self._longest_seconds = longest_seconds
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """End the sleep, or the next one if nobody sleeps: something was committed."""
        self._woken.set()

    def begin_look(self) -> None:
        """Forget what was woken for: the look that begins now sees it."""
        self._woken.clear()

    async def for_seconds(self, seconds: float) -> None:
        """Sleep so long, or until woken."""
        try:
            async with asyncio.timeout(min(seconds, self._longest_seconds)):
                await self._woken.wait()
        except TimeoutError:
            return

    async def until(self, due: datetime | None) -> None:
        """Sleep until something is due, for as long as may be if nothing is, or until woken."""
        seconds = self._longest_seconds
        if due is not None:
            seconds = self._clock.real_seconds(due - self._clock.now())
        await self.for_seconds(seconds)
