"""The time of a test's event loop, moved by hand."""

from __future__ import annotations

import asyncio


class LoopTime:
    """The time of this test's loop, which passes as the test says: no busy machine can be late."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._real, self._ahead = loop.time, 0.0
        loop.time = lambda: self._real() + self._ahead  # type: ignore[method-assign] # this one's

    async def passes(self, seconds: float) -> None:
        """Be so much later, and let what is due be done."""
        self._ahead += seconds
        # A timer is run a round after it was found to be due.
        for _ in range(3):
            await asyncio.sleep(0)
