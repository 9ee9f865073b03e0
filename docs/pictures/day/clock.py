"""The day's time: it is set by hand while the day is played, and runs once it is looked at."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from batchbell.clock import Clock
from batchbell.simulator.clock import SimulatedClock

#: When somebody looks: at night, in Berlin a quarter past three.
MOMENT = datetime(2026, 11, 24, 2, 14, tzinfo=UTC)
#: How long batchbell has watched by then.
WATCHED = timedelta(hours=24)


class DayTime:
    """Seconds since the day began."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._let_go: float | None = None

    def seconds(self) -> float:
        """Return what has passed."""
        running = 0.0 if self._let_go is None else time.monotonic() - self._let_go
        return self._passed + running

    def advance(self, by: timedelta) -> None:
        """Let time pass at once."""
        self._passed += by.total_seconds()

    def let_go(self) -> None:
        """Let it pass as it does everywhere from now on."""
        self._let_go = time.monotonic()


class DayClock(Clock):
    """The clock of batchbell on the day: that of its simulated API."""

    def __init__(self, day: DayTime) -> None:
        super().__init__()
        self.api = SimulatedClock(MOMENT - WATCHED, monotonic=day.seconds)
        self._observed = True

    def now(self) -> datetime:
        """Return the API's time."""
        return self.api.now()

    def observe(self, date: datetime) -> None:
        """Know it already."""

    @property
    def running_since(self) -> datetime:
        """Return when the day began."""
        return self.api.start

    @property
    def slept(self) -> timedelta:
        """Never."""
        return timedelta()

    def _wall(self) -> datetime:
        return self.now()
