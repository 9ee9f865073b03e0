"""`Prospect`: what is to be expected of a running job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.core.ring import Ring


class Expectation(Enum):
    """How a running job will do."""

    #: Nothing can be said.
    OPEN = auto()
    #: Nine finishes in ten are in time.
    IN_TIME = auto()
    #: More finishes are in time than are late.
    JUST_IN_TIME = auto()
    #: More are late, but not far, and an early one is in time.
    MAY_MISS = auto()
    #: The expected one is late by far, or even an early one is late.
    PROBABLY_MISSES = auto()
    #: Even an early one is late by far.
    MISSES = auto()
    #: It does not move, did not for as long as is left, and is not waited for any more.
    HOPELESS = auto()
    #: It needs a pace that is out of reach, by what it made so far.
    TOO_SLOW = auto()
    #: No forecast says so, but it needs a pace that is not to be expected.
    UNLIKELY = auto()
    #: It does not move; there is time left, or no deadline.
    STANDS_STILL = auto()
    #: Its deadline is over.
    OVERDUE = auto()
    #: It is being cancelled.
    CANCELING = auto()


class WaitsFor(Enum):
    """What ends the waiting for a job that stands still."""

    #: A ring before patience ends: it is decided anew then.
    NEW_DECISION = auto()
    #: The first one after that.
    RING = auto()
    #: Patience; it is not said whether the bell rings then.
    PATIENCE = auto()
    #: That its average pace would not get it done any more: no bell rings then.
    PACE = auto()


#: How those do whose finish is likely to be late.
MISSING = frozenset({Expectation.MAY_MISS, Expectation.PROBABLY_MISSES, Expectation.MISSES})


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What is to be expected of a running job."""

    expectation: Expectation
    #: How long it has stood still; None if it has not for `LEAST_STANDSTILL`.
    still_for: timedelta | None = None
    #: How long after its deadline the expected finish is; None if it is not, or there is none.
    late_by: timedelta | None = None
    #: The same of the latest that is to be expected, of one that is expected to be in time.
    late_at_worst: timedelta | None = None
    #: Fraction done; None if nobody knows.
    done: float | None = None
    #: How long until its deadline; None if that is over, or there is none.
    left: timedelta | None = None
    #: The fraction an hour that it made so far; None if that says nothing, or a forecast says more.
    made: float | None = None
    #: The same, or that of its forecast; None if neither is known.
    pace: float | None = None
    #: Of one that stands still: for how much longer it is waited for, nothing or less if it is not,
    #: and for what.
    worth_waiting: timedelta | None = None
    waits_for: WaitsFor | None = None
    #: When the bell rings next if it runs on; None if nobody knows.
    ring: Ring | None = None
    #: Whether that ends the waiting.
    waits_for_ring: bool = False

    @property
    def is_lost(self) -> bool:
        """Whether it can't make its deadline, whatever a forecast says."""
        return self.expectation in {Expectation.HOPELESS, Expectation.TOO_SLOW}

    @property
    def needs_times(self) -> float | None:
        """How many times its pace it needs; None if nobody knows."""
        needed = self.needs_an_hour
        return None if needed is None or not self.pace else needed / self.pace

    @property
    def needs_an_hour(self) -> float | None:
        """The fraction an hour that it needs; None if nobody knows."""
        if not self.left or self.done is None:
            return None
        return (1 - self.done) / (self.left / timedelta(hours=1))

    @property
    def rest_needs(self) -> timedelta | None:
        """How long its rest takes at the pace that is known; None if it is not, or none."""
        if self.still_for is not None:
            return None
        if self.late_by is not None and self.left is not None:
            return self.left + self.late_by
        if not self.made or self.done is None:
            return None
        return (1 - self.done) / self.made * timedelta(hours=1)

    @property
    def falls_behind(self) -> bool:
        """Whether it made less so far than it needs: a reason by itself."""
        return self.needs_times is not None and self.needs_times > 1

    @property
    def has_begun(self) -> bool | None:
        """Whether some of it is done; None if nobody knows."""
        return None if self.done is None else self.done > 0
