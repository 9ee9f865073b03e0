"""`Pace`: how fast a job moves, how that changes, and how far it can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.core.forecast.curve import Point, ProgressCurve

#: The history is cut in at most so many slices of equal length ...
MOST_SLICES = 24
#: ... at least so many ...
FEWEST_SLICES = 4
#: ... and no more than leave each so many moves: the waits between two moves are not a pace.
MOVES_PER_SLICE = 2
#: How restless a pace may be: the variance of its change from slice to slice, in units of the
#: variance of a slice around it. 0 is a pace that never changes.
RESTLESSNESS = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
#: The belief, before anything is seen, that the pace never changes; the others share the rest.
BELIEF_IN_REST = 0.5
#: A pace that differs from the average returns to it over so many times the history's length.
MEMORY = 2.0
#: The present pace is at least this part of the average one: longer waits are named as such.
SLOWEST = 0.1
#: A wait is longer than usual if it is longer than so many of the waits so far.
USUAL_WAITS = 0.9

#: Slices vary by at least this much (as a variance, their mean being 1).
_LEAST_NOISE = 1e-3
_BISECTIONS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a job moves. Variances are of a slice's progress, the average slice being 1."""

    #: Fraction of the job an hour, from the beginning to the last move.
    average: float
    #: The pace now, as a multiple of the average.
    level: float
    #: The progress stands still for so long between two moves, most of the time.
    usual_wait_hours: float
    slice_hours: float
    #: From the beginning to the last move.
    known_hours: float
    #: How many slices it takes to return to the average.
    memory: float
    #: How unsure the level is ...
    level_variance: float
    #: ... how much it wanders from one slice to the next ...
    drift_variance: float
    #: ... and how much a slice's progress varies around it.
    noise_variance: float

    def hours_for(self, fraction: float) -> float:
        """Return how long a fraction of the job takes."""
        goal = fraction / (self.average * self.slice_hours)
        low, high = 0.0, goal / min(self.level, 1.0)
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            low, high = (middle, high) if self._reached(middle) < goal else (low, middle)
        return high * self.slice_hours

    def doubt(self, hours: float) -> float:
        """Return the relative standard deviation of what is done in so many hours."""
        ahead = max(hours / self.slice_hours, _LEAST_NOISE)
        variance = (
            self.level_variance * ahead**2
            + self.drift_variance * ahead**2 * min(ahead, self.memory) / 3
            + self.noise_variance * ahead
        )
        return math.sqrt(variance) / self._reached(ahead)

    def _reached(self, ahead: float) -> float:
        """Return the expected progress in so many slices, in average slices."""
        surplus = self.level - 1
        return ahead + surplus * self.memory * -math.expm1(-ahead / self.memory)


def pace_of(curve: ProgressCurve) -> Pace:
    """Return the pace of a curve that moved at least once."""
    start, end = curve.points[0][0], curve.points[-1][0]
    count = min(max(curve.moves // MOVES_PER_SLICE, FEWEST_SLICES), MOST_SLICES)
    slice_hours = (end - start) / count
    done = curve.done - curve.points[0][1]
    views = _views([part * count / done for part in _slices(curve.points, count)])
    level = sum(view.belief * view.level for view in views)
    return Pace(
        average=done / (end - start),
        level=max(level, SLOWEST),
        usual_wait_hours=_usual_wait(curve.points),
        slice_hours=slice_hours,
        known_hours=end - start,
        memory=MEMORY * count,
        level_variance=sum(
            view.belief * (view.noise * view.unsure + (view.level - level) ** 2) for view in views
        ),
        drift_variance=sum(view.belief * view.noise * view.restlessness for view in views),
        noise_variance=sum(view.belief * view.noise for view in views),
    )


def _usual_wait(points: Sequence[Point]) -> float:
    waits = sorted(after[0] - before[0] for before, after in pairwise(points))
    return waits[int((len(waits) - 1) * USUAL_WAITS)]


def _slices(points: Sequence[Point], count: int) -> list[float]:
    """Return the progress in each of `count` equal slices of the time up to the last move.

    Between two moves the progress is taken to have risen evenly, as most of it does unseen.
    """
    start, end = points[0][0], points[-1][0]
    heights, index = [points[0][1]], 0
    for number in range(1, count + 1):
        at = start + (end - start) * number / count
        while index < len(points) - 2 and points[index + 1][0] < at:
            index += 1
        (x0, y0), (x1, y1) = points[index], points[index + 1]
        share = min((at - x0) / (x1 - x0), 1.0)
        heights.append(y0 + (y1 - y0) * share)
    return [after - before for before, after in pairwise(heights)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """The history seen under the assumption of one restlessness."""

    restlessness: float
    #: How likely the assumption is; all views' beliefs sum up to 1.
    belief: float
    level: float
    #: The variance of the level, in units of the noise.
    unsure: float
    noise: float


def _views(slices: Sequence[float]) -> list[_View]:
    """Weigh each restlessness by how well it would have foretold each slice from those before.

    Source of the method: the local level model with a Kalman filter, averaged over its
    signal-to-noise ratio (any textbook on state space models of time series).
    """
    rest = math.log(BELIEF_IN_REST)
    other = math.log((1 - BELIEF_IN_REST) / (len(RESTLESSNESS) - 1))
    found = [
        (other if restlessness else rest, restlessness, *_filtered(slices, restlessness))
        for restlessness in RESTLESSNESS
    ]
    best = max(prior + likelihood for prior, _, likelihood, *_ in found)
    weights = [math.exp(prior + likelihood - best) for prior, _, likelihood, *_ in found]
    return [
        _View(
            restlessness=restlessness,
            belief=weight / sum(weights),
            level=level,
            unsure=unsure,
            noise=noise,
        )
        for weight, (_, restlessness, _, level, unsure, noise) in zip(weights, found, strict=True)
    ]


def _filtered(slices: Sequence[float], restlessness: float) -> tuple[float, float, float, float]:
    """Return the log likelihood, the level, its variance in units of noise, and the noise."""
    count = len(slices) - 1
    gains, logarithms, unsure = _gains(count, restlessness)
    level, squares = slices[0], 0.0
    for part, (spread, gain) in zip(slices[1:], gains, strict=True):
        error = part - level
        squares += error * error / spread
        level += gain * error
    noise = squares / count + _LEAST_NOISE
    return -(logarithms + count * math.log(noise)) / 2, level, unsure, noise * (count + 2) / count


@cache
def _gains(count: int, restlessness: float) -> tuple[list[tuple[float, float]], float, float]:
    """Return what the filter does at each of its steps, whatever the slices are.

    The variance of each error, and how much of it the level takes over; the sum of the variances'
    logarithms, and the variance of the level in the end. Variances are in units of the noise.
    """
    gains: list[tuple[float, float]] = []
    unsure, logarithms = 1.0, 0.0
    for _ in range(count):
        unsure += restlessness
        spread = unsure + 1
        logarithms += math.log(spread)
        gain = unsure / spread
        gains.append((spread, gain))
        unsure *= 1 - gain
    return gains, logarithms, unsure
