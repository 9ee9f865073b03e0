"""The simulator's own time, which may run faster than the world's."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class SimulatedClock:
    """Simulated time: `start` plus the real time since then, `speed` times over.

    Real time is the monotonic clock, so that a stepped wall clock moves no job.
    """

    def __init__(
        self,
        start: datetime | None = None,
        *,
        speed: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`start` is aware UTC (None: the wall clock's now), `speed` simulated s per real s."""
        self.start = datetime.now(UTC) if start is None else start
        self.speed = speed
        self._monotonic = monotonic
        self._began = monotonic()
        self._moved = timedelta(0)

    def now(self) -> datetime:
        """Return the simulated time, aware UTC."""
        real_seconds = self._monotonic() - self._began
        return self.start + self._moved + timedelta(seconds=real_seconds * self.speed)

    def advance(self, by: timedelta) -> None:
        """Jump ahead (or back, if negative)."""
        self._moved += by


def rfc3339(moment: datetime) -> str:
    """Return `moment` (aware UTC) as the API writes times: `Z` and microseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
