"""A world in which the rules are applied too: by each poll, and by ticks in between."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.diff import diff
from batchbell.core.forecast.outlook import outlook_of
from batchbell.core.rules import Rules, watch
from tests.fakes import MINUTE, World, applied, listing

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.snapshot import JobRecord

TICK = timedelta(seconds=15)


@dataclass
class WatchedWorld(World):
    """An account that is polled and watched when a test says so."""

    rules: Rules = field(default_factory=Rules)
    samples: dict[str, list[tuple[datetime, float]]] = field(default_factory=dict)

    def poll(self, *jobs: BatchJob, after: timedelta = MINUTE) -> list[Event]:
        """Let time pass, poll once, return what this poll told, by its listing and by the rules."""
        self.now += after
        seen = diff(
            self.snapshot,
            listing(*jobs, requested_at=self.now),
            self.now,
            patience=self.rules.patience,
        )
        for record in seen.records:
            if record.progress_since == self.now and record.job.progress is not None:
                self.samples.setdefault(record.job.id, []).append((self.now, record.job.progress))
        records = {**self.snapshot.records, **{one.job.id: one for one in seen.records}}
        # The rules still see whether this is the baseline.
        self.snapshot = replace(self.snapshot, records=records)
        told = [*seen.events, *self._watch()]
        self.snapshot = replace(self.snapshot, last_good_poll_at=self.now)
        self.told.extend(told)
        return told

    def tick(self, after: timedelta = TICK) -> list[Event]:
        """Let time pass without a poll, return what the rules told."""
        self.now += after
        told = self._watch()
        self.told.extend(told)
        return told

    def ticks(self, during: timedelta) -> list[Event]:
        """Tick at the usual interval for so long; return all that was told."""
        return [event for _ in range(during // TICK) for event in self.tick()]

    def stands(self, *jobs: BatchJob, during: timedelta, every: timedelta = MINUTE) -> list[Event]:
        """Poll the same jobs for so long; return all that was told."""
        return [event for _ in range(during // every) for event in self.poll(*jobs, after=every)]

    def record(self, job_id: str = "job-1") -> JobRecord:
        """Return what is remembered of a job."""
        return self.snapshot.records[job_id]

    def _watch(self) -> list[Event]:
        decision = watch(self.snapshot, rules=self.rules, outlook=self._outlook, now=self.now)
        at = self.snapshot.last_good_poll_at
        self.snapshot = replace(applied(self.snapshot, decision, self.now), last_good_poll_at=at)
        return list(decision.events)

    def _outlook(self, record: JobRecord) -> Forecast | NoForecast:
        return outlook_of(record, self.samples.get(record.job.id, []), self.now)


def watched(*jobs: BatchJob, rules: Rules | None = None) -> WatchedWorld:
    """Return a world in which these jobs are the baseline; what that told is forgotten."""
    world = WatchedWorld(rules=rules or Rules())
    world.poll(*jobs)
    world.told.clear()
    return world
