"""`ProgressCurve`: a job's progress samples as a clean rising line, whatever came in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: A longer history is downsampled to at most this many samples; the last one stays.
MOST_POINTS = 200
#: A fall by more than this is a reset: the job began again. A smaller one is a correction.
RESET_DROP = 0.02
#: A rise by less is none; a job has 50,000 requests at most.
LEAST_MOVE = 1e-6

_HOUR_SECONDS = 3600.0

#: One sample: when the progress changed, and to which fraction.
Sample = tuple[datetime, float]
#: One point of the curve: hours since the job began, fraction done.
Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressCurve:
    """What is known of a job's progress since it started, or since it last began again."""

    #: Each moment at which the progress moved, after the point where it began; strictly later
    #: and, but for the first two, strictly higher than the one before. Never empty.
    points: tuple[Point, ...]
    #: From when its hours count.
    began_at: datetime

    @property
    def moves(self) -> int:
        """How often the progress was seen to move."""
        return len(self.points) - 1

    @property
    def done(self) -> float:
        """The fraction done, 0.0 to 1.0."""
        return self.points[-1][1]


def progress_curve(
    samples: Iterable[Sample], *, started_at: datetime | None, now: datetime
) -> ProgressCurve | None:
    """Return the curve of a job, None if nothing is known of its progress.

    `samples` are (time, fraction) in any order; of equal times the last counts. Those ahead of
    `now` (a stepped clock) don't count, those before `started_at` count as of then. Without
    one of then the job is taken to have started at 0. With None for `started_at` nobody saw it
    start: the curve begins with the first sample. All times are aware.
    """
    past = sorted([sample for sample in samples if sample[0] <= now], key=itemgetter(0))
    if started_at is None and not past:
        return None
    start = past[0][0] if started_at is None else min(started_at, now)
    known = {} if started_at is None else {0.0: 0.0}
    for at, progress in _downsampled(past):
        if math.isfinite(progress):
            # Not by `hours_since`: a calendar takes thirty thousand of these steps.
            hours = (at - start).total_seconds() / _HOUR_SECONDS
            known[max(hours, 0.0)] = min(max(progress, 0.0), 1.0)
    if not known:
        return None
    points = _moves(_since_reset(list(known.items())))
    if points[-1][1] == 0.0:
        return None
    return ProgressCurve(points=tuple(points), began_at=start)


def hours_since(began_at: datetime, at: datetime) -> float:
    """Return where a moment lies on a curve that began then."""
    return (at - began_at).total_seconds() / _HOUR_SECONDS


def _downsampled(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Leave out all but every nth; the last one stays."""
    return samples[:: -math.ceil(len(samples) / MOST_POINTS) or -1][::-1]


def _since_reset(points: Sequence[Point]) -> list[Point]:
    """Return what follows the last reset; small falls are taken off the points before them."""
    lowest = 1.0
    kept: list[Point] = []
    for at, done in reversed(points):
        if done > lowest + RESET_DROP:
            break
        lowest = min(lowest, done)
        kept.append((at, lowest))
    return kept[::-1]


def _moves(points: Sequence[Point]) -> list[Point]:
    """Leave out the points at which nothing moved."""
    kept = [points[0]]
    for point in points:
        if point[1] > kept[-1][1] + LEAST_MOVE:
            kept.append(point)
    return kept
