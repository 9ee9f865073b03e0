"""The simulator in a thread of its own, for tests of a client in this or another process."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.simulator.faulty import FaultySimulator
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator

    from batchbell.simulator.clock import SimulatedClock
    from batchbell.simulator.fate import Mix
    from batchbell.simulator.plan import JobPlan

#: What an input of so many is long, bytes.
HUNDRED_REQUESTS = 40_000


class ThreadedSimulator(FaultySimulator):
    """A simulator whose every control may be used from any thread."""

    loop: asyncio.AbstractEventLoop

    def add_mixed_job(self, mix: Mix, **fields: object) -> str:
        """Add a job, of a hundred requests if nothing else is said.

        A believable one has thousands, which take longer than all else that a test does with it.
        """
        return super().add_mixed_job(mix, **{"file_size_bytes": HUNDRED_REQUESTS, **fields})

    def refuse(self) -> None:
        """Refuse connections from now on, as a server that is down does."""
        self._wait_for(self.stop_listening())

    def accept(self) -> None:
        """Take connections again, on the same port."""
        self._wait_for(self.listen())

    def _wait_for(self, doing: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(doing, self.loop).result(TIMEOUT_SECONDS)


@contextmanager
def running_simulator(
    plans: Iterable[JobPlan] = (),
    *,
    clock: SimulatedClock | None = None,
    api_key: str | None = None,
) -> Iterator[ThreadedSimulator]:
    """Run a simulator in a thread for the length of a `with` block."""
    simulator = ThreadedSimulator(plans, clock=clock, api_key=api_key)
    loop = simulator.loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="simulator", daemon=True)
    thread.start()
    try:
        simulator.accept()
        yield simulator
    finally:
        asyncio.run_coroutine_threadsafe(simulator.stop(), loop).result(TIMEOUT_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(TIMEOUT_SECONDS)
        loop.close()
