# ruff: noqa: INP001  (no package: a module of the scripts beside it)
"""Simulated batch jobs of several shapes, as a poller sees them: what forecasts are measured on.

Nothing in here knows how the forecast works, and no constant in here was chosen after it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: A job's path to its end: (share of its running time, fraction done), both 0 to 1 and rising.
Path = list[tuple[float, float]]

#: Running time, hours; on a logarithmic scale every length is as likely.
SHORTEST, LONGEST = 4.0, 40.0
#: Time allowed from the creation on, hours.
ALLOWED = 24.0
#: Seconds between two polls; the default most often.
POLL_SECONDS = (10, 60, 60, 60, 120, 300, 900)
#: In so many jobs the watcher is down once, for this many hours.
BLIND_SHARE, BLIND_HOURS = 0.1, (1.0, 4.0)
#: In how many pieces, each of its own pace, a running time is cut.
PIECES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedJob:
    """One job's true fate. Times are hours since its creation."""

    shape: str
    started: float
    finish: float
    #: Requests in the job: its progress moves in steps of one.
    requests: int
    poll_hours: float
    #: From when to when nobody polled; empty if always somebody did.
    blind: tuple[float, float] = (0.0, 0.0)
    path: Path = field(repr=False)

    @property
    def late(self) -> bool:
        """Whether it really ends after its deadline."""
        return self.finish > ALLOWED

    def progress(self, hour: float) -> float:
        """Return the fraction that the API would show: whole requests, two decimals of a percent.

        Source: the recorded job of the API's documents stands at 71.75.
        """
        share = (hour - self.started) / (self.finish - self.started)
        done = _height(self.path, min(max(share, 0.0), 1.0))
        return round(math.floor(done * self.requests + 1e-9) / self.requests * 100, 2) / 100

    def polls(self) -> Iterator[tuple[float, float]]:
        """Yield (hour, progress) of each poll from the creation to the finish."""
        hour = self.poll_hours / 2
        while hour < self.finish:
            if not self.blind[0] <= hour < self.blind[1]:
                yield hour, self.progress(hour)
            hour += self.poll_hours


def simulated_jobs(count: int, seed: int) -> list[SimulatedJob]:
    """Return as many jobs, of each shape as many; equal seeds give equal jobs."""
    rng = Random(seed)  # noqa: S311 - a repeatable simulation, no secret
    names = list(SHAPES)
    return [_job(names[number % len(names)], rng) for number in range(count)]


def _job(shape: str, rng: Random) -> SimulatedJob:
    started = rng.uniform(0.02, 0.5)
    running = math.exp(rng.uniform(math.log(SHORTEST), math.log(LONGEST)))
    blind = (0.0, 0.0)
    if rng.random() < BLIND_SHARE:
        down = started + rng.uniform(0.1, 0.9) * running
        blind = (down, down + rng.uniform(*BLIND_HOURS))
    return SimulatedJob(
        shape=shape,
        started=started,
        finish=started + running,
        requests=round(math.exp(rng.uniform(math.log(200), math.log(50_000)))),
        poll_hours=rng.choice(POLL_SECONDS) / 3600,
        blind=blind,
        path=SHAPES[shape](rng),
    )


def _linear(rng: Random) -> Path:
    """One pace throughout, but for the weather."""
    return _at_paces(rng, lambda _: 1.0)


def _bursty(rng: Random) -> Path:
    """8 to 60 chunks of uneven sizes after uneven waits; nothing moves in between."""
    chunks = rng.randint(8, 60)
    evenness = rng.choice((1.0, 2.0, 4.0))
    ends = _shares([rng.gammavariate(evenness, 1.0) for _ in range(chunks)])
    heights = _shares([rng.gammavariate(2.0, 1.0) for _ in range(chunks)])
    path: Path = [(0.0, 0.0)]
    for end, height in zip(ends, heights, strict=True):
        path += [(max(end - 1e-4, path[-1][0]), path[-1][1]), (end, height)]
    return path


def _slow_start(rng: Random) -> Path:
    """At first a small part of the pace, for up to 40 % of the time; then a step or a ramp."""
    until, pace, ramp = rng.uniform(0.1, 0.4), rng.uniform(0.05, 0.3), rng.choice((0.0, 0.2))
    return _at_paces(rng, lambda at: pace + (1 - pace) * _climb(at - until, ramp))


def _late_stall(rng: Random) -> Path:
    """At 70 to 97 percent it stops, or nearly, for a tenth to a half of all its time."""
    height, share, pace = rng.uniform(0.7, 0.97), rng.uniform(0.1, 0.5), rng.choice((0.0, 0.05))
    begin = (1 - share) * height
    return _at_paces(rng, lambda at: pace if begin <= at < begin + share else 1.0)


def _queue_pauses(rng: Random) -> Path:
    """One to seven pauses, short ones and long ones, anywhere."""
    pauses = [
        (rng.uniform(0.05, 0.95), rng.expovariate(1 / 0.06)) for _ in range(rng.randint(1, 7))
    ]
    return _at_paces(
        rng, lambda at: 0.0 if any(begin <= at < begin + long for begin, long in pauses) else 1.0
    )


def _changing_load(rng: Random) -> Path:
    """Others use the same machines: the pace changes up to four times, to 0.3 to 1.5 of it."""
    changes = sorted((rng.random(), rng.uniform(0.3, 1.5)) for _ in range(rng.randint(1, 4)))
    first = rng.uniform(0.3, 1.5)
    return _at_paces(
        rng, lambda at: next((pace for when, pace in reversed(changes) if when <= at), first)
    )


#: How to draw a path, by the shape's name.
SHAPES: dict[str, Callable[[Random], Path]] = {
    "linear": _linear,
    "bursty": _bursty,
    "slow start": _slow_start,
    "late stall": _late_stall,
    "queue pauses": _queue_pauses,
    "changing load": _changing_load,
}


def _at_paces(rng: Random, pace: Callable[[float], float]) -> Path:
    """Return the path whose pace is a function of the share of time gone, with weather on it.

    The weather is a slow random walk around 1, of a strength drawn per job.
    """
    strength, weather = rng.uniform(0.02, 0.3), 0.0
    paces = []
    for piece in range(PIECES):
        weather = 0.9 * weather + rng.gauss(0, strength * math.sqrt(1 - 0.9**2))
        paces.append(pace(piece / PIECES) * math.exp(weather))
    paces[-1] = max(paces[-1], 0.01)
    return [(0.0, 0.0), *zip(_shares([1.0] * PIECES), _shares(paces), strict=True)]


def _shares(parts: list[float]) -> list[float]:
    """Return the running sums, scaled to end at 1."""
    sums = list(accumulate(parts))
    return [part / sums[-1] for part in sums]


def _climb(after: float, ramp: float) -> float:
    """Return 0 before 0, 1 after the ramp."""
    return float(after >= 0) if ramp == 0 else min(max(after / ramp, 0.0), 1.0)


def _height(path: Path, share: float) -> float:
    """Return the fraction done at a share of the time."""
    index = min(bisect_right(path, (share, math.inf)), len(path) - 1)
    (x0, y0), (x1, y1) = path[index - 1], path[index]
    return y1 if x1 <= x0 else y0 + (y1 - y0) * min((share - x0) / (x1 - x0), 1.0)
