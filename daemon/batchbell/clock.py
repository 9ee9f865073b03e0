"""The one clock: the API's time where it is known, carried on by the machine's boot-time clock.

Every rule and every gap uses it, so that a wall clock stepped by hours or a machine that slept
changes nothing. The wall clock only serves before a first answer, or with an API that sends no
`Date` header; of several replicas the clock of their database, which is one for all.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

#: `Date` headers are whole seconds and answers take time: smaller differences are no news.
TOLERANCE = timedelta(seconds=2)


def boot_seconds() -> float:
    """Return seconds since boot, time asleep included where the system can tell (Linux)."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


def awake_seconds() -> float:
    """Return seconds since boot without time asleep."""
    return time.monotonic()


def wall_time() -> datetime:
    """Return what the machine's wall clock says; it may be stepped at any time."""
    return datetime.now(UTC)


class Clock:
    """Aware UTC time that follows the API's `Date` headers and never the wall clock's steps."""

    def __init__(self, *, speed: float = 1.0) -> None:
        """`speed` is simulated seconds per real second; the demo alone runs faster than 1."""
        self.speed = speed
        self._born_wall = wall_time()
        self._born = boot_seconds()
        self._born_awake = awake_seconds()
        self._anchor = self._born_wall
        self._anchored = self._born
        self._observed = False
        self._assumed = False

    def now(self) -> datetime:
        """Return the time, aware UTC."""
        is_known = self._observed or self._assumed
        return self._anchor + self._since(self._anchored) if is_known else self._wall()

    def observe(self, date: datetime) -> None:
        """Take over the time an API's answer carries."""
        if not self._observed or abs(date - self.now()) > TOLERANCE:
            self._anchor, self._anchored = date, boot_seconds()
        self._observed = True

    def assume(self, date: datetime) -> None:
        """Take over a time that is better than the wall clock's, until an API's answer carries one.

        A replica that delivers to channels and polls no account has no answers.
        """
        if self._observed:
            return
        if not self._assumed or abs(date - self.now()) > TOLERANCE:
            self._anchor, self._anchored = date, boot_seconds()
        self._assumed = True

    @property
    def skew(self) -> timedelta | None:
        """How far the wall clock is ahead of the API's time; None before a first answer."""
        return self._wall() - self.now() if self._observed else None

    @property
    def earlier(self) -> datetime:
        """The API's time or the wall clock's, whichever is earlier.

        For what can't be undone: what is deleted for its age must be old by both.
        """
        return min(self.now(), self._wall())

    @property
    def running_since(self) -> datetime:
        """When this clock, and with it the process, began; by the time it knows now."""
        return self.now() - self._since(self._born)

    @property
    def slept(self) -> timedelta:
        """How long the machine was asleep since then."""
        awake = timedelta(seconds=(awake_seconds() - self._born_awake) * self.speed)
        return self._since(self._born) - awake

    def real_seconds(self, span: timedelta) -> float:
        """Return how long to really wait for `span` to pass on this clock; at least 0."""
        return max(span.total_seconds() / self.speed, 0.0)

    def _since(self, boot: float) -> timedelta:
        return timedelta(seconds=(boot_seconds() - boot) * self.speed)

    def _wall(self) -> datetime:
        if self.speed == 1.0:
            return wall_time()
        return self._born_wall + self._since(self._born)
