"""Numbers that are counted, by the values of their labels; the library only writes them.

Not safe for several threads at once: whoever counts holds the lock of `Metrics`.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The values of the labels, in their order.
Values: TypeAlias = "tuple[str, ...]"


@dataclass(slots=True)
class Amount:
    """One number, and since when it is counted, Unix time by the wall clock."""

    total: float = 0.0
    since: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Numbers that only grow."""

    #: Without the `_total` that the page adds.
    name: str
    text: str
    labels: tuple[str, ...]
    series: dict[Values, Amount] = field(default_factory=dict)

    def begin(self, *values: str) -> None:
        """Show it at zero, if it is not there yet."""
        if values not in self.series:
            self.series[values] = Amount()

    def add(self, more: float, *values: str) -> None:
        """Count."""
        self.begin(*values)
        self.series[values].total += more

    def remove(self, *values: str) -> None:
        """Show it no more; should it come back, it begins at zero."""
        self.series.pop(values, None)


@dataclass(slots=True)
class Spread:
    """How many values were at most each of the bounds, and their sum."""

    #: By the first bound that holds them; not added up.
    counts: list[int]
    sum: float = 0.0
    since: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How values are spread."""

    name: str
    text: str
    labels: tuple[str, ...]
    #: In ascending order; the last of all, infinity, is not among them.
    bounds: tuple[float, ...]
    series: dict[Values, Spread] = field(default_factory=dict)

    def begin(self, *values: str) -> None:
        """Show it at zero, if it is not there yet."""
        if values not in self.series:
            self.series[values] = Spread([0] * (len(self.bounds) + 1))

    def observe(self, value: float, *values: str) -> None:
        """Count a value."""
        self.begin(*values)
        spread = self.series[values]
        spread.counts[bisect_left(self.bounds, value)] += 1
        spread.sum += value

    def remove(self, *values: str) -> None:
        """Show it no more."""
        self.series.pop(values, None)

    def up_to(self, spread: Spread) -> Iterator[tuple[float, int]]:
        """Yield each bound, infinity last, with how many values were at most that."""
        return zip((*self.bounds, math.inf), accumulate(spread.counts), strict=True)
