# ruff: noqa: INP001  (a script outside the package)
"""How good the forecast is, on simulated jobs, against the naive line through start and now.

Run it from the repository's root: `.venv/bin/python -m benchmarks.forecast`; some minutes.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from batchbell.core.forecast.finish import forecast
from batchbell.core.forecast.risk import risk
from batchbell.core.outlook import Forecast, NoForecast
from benchmarks.job_shapes import ALLOWED, SHAPES, SimulatedJob, simulated_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

#: The remaining time is asked for when the progress first reaches these.
CHECKPOINTS = (0.25, 0.5, 0.75)
#: `batch.at_risk` is not told after a deadline step was: the first one is 6 h before.
LAST_CALL = ALLOWED - 6.0
#: At least so long between two decisions about the risk, hours.
DECIDE_EVERY = 1 / 6
#: The naive line waits for as many moves as the forecast does.
FEWEST_MOVES = 3

_CREATED = datetime(2026, 1, 1, tzinfo=UTC)
_DEADLINE = _CREATED + timedelta(hours=ALLOWED)


@dataclass(slots=True)
class Alarm:
    """How one way to forecast warned of one job's deadline."""

    #: Hours before the deadline at which the risk was first told; None if never.
    lead: float | None = None
    #: How often it was taken back.
    cleared: int = 0
    at_risk: bool = False

    def decide(self, hour: float, *, at_risk: bool) -> None:
        """Take note of a decision."""
        if at_risk and self.lead is None:
            self.lead = ALLOWED - hour
        self.cleared += self.at_risk and not at_risk
        self.at_risk = at_risk


@dataclass(slots=True)
class Result:
    """What came out for one job."""

    job: SimulatedJob
    ours: Alarm = field(default_factory=Alarm)
    naive: Alarm = field(default_factory=Alarm)
    patient: Alarm = field(default_factory=Alarm)
    #: By checkpoint: our and the naive error (hours), and the true finish against our range.
    errors: dict[float, tuple[float, float, int]] = field(default_factory=dict)
    #: How many checkpoints have been passed, and at how many there was no forecast.
    passed: int = 0
    untold: int = 0


@dataclass(slots=True)
class Watcher:
    """Replays one job's polls, and forecasts as batchbell would."""

    result: Result
    samples: list[tuple[datetime, float]] = field(default_factory=list)
    started: float | None = None
    decided: float = 0.0

    def see(self, hour: float, progress: float) -> None:
        """Take in one poll."""
        if self.started is None and hour >= self.result.job.started:
            self.started = hour
        if not self.samples or self.samples[-1][1] != progress:
            self.samples.append((_at(hour), progress))
        for checkpoint in CHECKPOINTS[self.result.passed :]:
            if progress >= checkpoint:
                self._measure(checkpoint, hour, progress)
        if self.started is not None and self.decided + DECIDE_EVERY <= hour < LAST_CALL:
            self._decide(hour, progress)

    def _measure(self, checkpoint: float, hour: float, progress: float) -> None:
        self.result.passed += 1
        outlook, finish = self._forecast(hour), self.result.job.finish
        if not isinstance(outlook, Forecast):
            self.result.untold += 1
            return
        true = _at(finish)
        naive_error = abs(self._naive(hour, progress) - finish)
        beside = (true > outlook.latest) - (true < outlook.earliest)
        self.result.errors[checkpoint] = (_hours(abs(outlook.finish - true)), naive_error, beside)

    def _decide(self, hour: float, progress: float) -> None:
        self.decided = hour
        result, outlook = self.result, self._forecast(hour)
        ours = risk(outlook, _DEADLINE, was_at_risk=result.ours.at_risk)
        result.ours.decide(hour, at_risk=ours)
        if len(self.samples) > FEWEST_MOVES:
            late = self._naive(hour, progress) > ALLOWED
            result.naive.decide(hour, at_risk=late)
            if hour >= ALLOWED / 3:
                result.patient.decide(hour, at_risk=late)

    def _forecast(self, hour: float) -> Forecast | NoForecast:
        now = _at(hour)
        started_at = _at(self.started or 0.0)
        return forecast(self.samples, started_at=started_at, seen_until=now, now=now)

    def _naive(self, hour: float, progress: float) -> float:
        """Return the finish, hours since the creation, on the line through start and now."""
        started = self.started or 0.0
        return started + (hour - started) / max(progress, 1e-9)


def replayed(job: SimulatedJob) -> Result:
    """Watch one job from its creation to its finish."""
    watcher = Watcher(Result(job))
    for hour, progress in job.polls():
        watcher.see(hour, progress)
    return watcher.result


def _machine() -> str:
    """Return "Linux x86_64, 2 cores"."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"


def _at(hour: float) -> datetime:
    return _CREATED + timedelta(hours=hour)


def _hours(length: timedelta) -> float:
    return length / timedelta(hours=1)


def _error_rows(results: Sequence[Result]) -> Iterable[str]:
    yield "| shape | 25 % | 50 % | 75 % |"
    yield "|---|---|---|---|"
    for name, chosen in _by_shape(results):
        cells = []
        for checkpoint in CHECKPOINTS:
            found = [r.errors[checkpoint] for r in chosen if checkpoint in r.errors]
            ours, naive = median(e[0] for e in found), median(e[1] for e in found)
            cells.append(f"{ours:.2f} h, naive {naive:.2f} h ({ours / naive - 1:+.0%})")
        yield f"| {name} | {' | '.join(cells)} |"


def _range_rows(results: Sequence[Result]) -> Iterable[str]:
    yield "| shape | finished earlier | within the range | finished later | no forecast |"
    yield "|---|---|---|---|---|"
    for name, chosen in _by_shape(results):
        sides = [e[2] for r in chosen for e in r.errors.values()]
        shares = [f"{sides.count(side) / len(sides):.0%}" for side in (-1, 0, 1)]
        untold = sum(r.untold for r in chosen)
        yield f"| {name} | {' | '.join(shares)} | {untold} of {len(sides) + untold} |"


def _risk_rows(results: Sequence[Result]) -> Iterable[str]:
    yield "| | late jobs | told | rightly | precision | recall | median lead | taken back |"
    yield "|---|---|---|---|---|---|---|---|"
    for name, chosen in _by_shape(results):
        yield _risk_row(name, chosen, lambda r: r.ours)
    yield _risk_row("naive line, all", results, lambda r: r.naive)
    yield _risk_row("naive line after 8 h, all", results, lambda r: r.patient)


def _risk_row(name: str, results: Sequence[Result], alarm: Callable[[Result], Alarm]) -> str:
    late = sum(r.job.late for r in results)
    told = [r for r in results if alarm(r).lead is not None]
    leads = [alarm(r).lead or 0.0 for r in told if r.job.late]
    precision = f"{len(leads) / len(told):.0%}" if told else "-"
    lead = f"{median(leads):.1f} h" if leads else "-"
    cleared = sum(alarm(r).cleared for r in results)
    return (
        f"| {name} | {late} | {len(told)} | {len(leads)} | {precision} "
        f"| {len(leads) / max(late, 1):.0%} | {lead} | {cleared} |"
    )


def _by_shape(results: Sequence[Result]) -> Iterable[tuple[str, list[Result]]]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.job.shape].append(result)
    yield from ((name, groups[name]) for name in SHAPES)
    yield "**all**", list(results)


def main() -> None:
    """Run and report as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1200, help="jobs per seed")
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 12, 13])
    arguments = parser.parse_args()
    began = perf_counter()
    results: dict[int, list[Result]] = {
        seed: [replayed(job) for job in simulated_jobs(arguments.jobs, seed)]
        for seed in arguments.seeds
    }
    pooled = [result for found in results.values() for result in found]
    spent = f"{perf_counter() - began:.0f} s"
    lines = [
        f"{arguments.jobs} jobs for each of the seeds {arguments.seeds}: {spent}.",
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {_machine()}.",
        "",
        *_error_rows(pooled),
        "",
        *_range_rows(pooled),
        "",
        *_risk_rows(pooled),
        "",
        "Seed by seed, all shapes:",
        "",
    ]
    for seed, found in results.items():
        lines += [f"seed {seed}: {list(_error_rows(found))[-1]}"]
        lines += [f"seed {seed}: {list(_risk_rows(found))[-3]}"]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
