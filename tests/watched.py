"""A world in which everything is decided as the daemon does: by each poll, and by ticks between."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.account_health import AccountHealth, AccountState
from batchbell.core.decision_needs import forecast_jobs
from batchbell.core.forecast.outlook import outlook_of
from batchbell.core.poll_decision import (
    FailedPoll,
    decide_failed_poll,
    decide_poll,
    decide_tick,
)
from batchbell.core.rules import Rules
from tests.fakes import MINUTE, World, every_record, listing

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.core.listing import Listing
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.poll_decision import PollDecision
    from batchbell.core.snapshot import JobRecord

TICK = timedelta(seconds=15)


def _never_polled() -> AccountState:
    return AccountState(health=AccountHealth(account="default"))


@dataclass
class WatchedWorld(World):
    """An account that is polled and watched when a test says so."""

    rules: Rules = field(default_factory=Rules)
    state: AccountState = field(default_factory=_never_polled)
    samples: dict[str, list[tuple[datetime, float]]] = field(default_factory=dict)

    def poll(self, *jobs: BatchJob, after: timedelta = MINUTE) -> list[Event]:
        """Let time pass, poll once, return what this poll told, by its listing and by the rules."""
        self.now += after
        return self.applied(self.decided(listing(*jobs, requested_at=self.now)))

    def fail(self, failure: FailedPoll, after: timedelta = MINUTE) -> list[Event]:
        """Let time pass, poll in vain, return what that told."""
        self.now += after
        return self.applied(
            decide_failed_poll(
                self.state,
                self.snapshot,
                failure,
                samples=self._wanted_samples(),
                rules=self.rules,
                now=self.now,
            )
        )

    def tick(self, after: timedelta = TICK) -> list[Event]:
        """Let time pass without a poll, return what the rules told."""
        self.now += after
        return self.applied(
            decide_tick(
                self.state,
                self.snapshot,
                samples=self._wanted_samples(),
                rules=self.rules,
                now=self.now,
            )
        )

    def ticks(self, during: timedelta) -> list[Event]:
        """Tick at the usual interval for so long; return all that was told."""
        return [event for _ in range(during // TICK) for event in self.tick()]

    def stands(self, *jobs: BatchJob, during: timedelta, every: timedelta = MINUTE) -> list[Event]:
        """Poll the same jobs for so long; return all that was told."""
        return [event for _ in range(during // every) for event in self.poll(*jobs, after=every)]

    def record(self, job_id: str = "job-1") -> JobRecord:
        """Return what is remembered of a job."""
        return self.snapshot.records[job_id]

    def decided(self, found: Listing) -> PollDecision:
        """Return what a poll that finds this now decides; nothing changes."""
        return decide_poll(
            self.state,
            self.snapshot,
            found,
            None,
            samples=self._wanted_samples(listed=True),
            rules=self.rules,
            now=self.now,
        )

    def applied(self, decision: PollDecision) -> list[Event]:
        """Write a decision as a transaction does; return its events."""
        self.state = decision.account
        self.snapshot = replace(
            self.snapshot,
            records={
                **self.snapshot.records,
                **{one.job.id: one for one in every_record(decision)},
            },
            last_good_poll_at=self.state.last_good_poll_at,
        )
        for each in decision.samples:
            known = self.samples.setdefault(each.job_id, [])
            if each.at not in {at for at, _ in known}:
                known.append((each.at, each.progress))
        self.told.extend(decision.events)
        return list(decision.events)

    def _wanted_samples(self, *, listed: bool = False) -> dict[str, list[tuple[datetime, float]]]:
        """Return no more than what a decision asks for."""
        wanted = forecast_jobs(self.snapshot, rules=self.rules, now=self.now, listed=listed)
        return {job_id: self.samples.get(job_id, []) for job_id in wanted}

    def _outlook(self, record: JobRecord) -> Forecast | NoForecast:
        return outlook_of(record, self.samples.get(record.job.id, []), self.now)


def watched(*jobs: BatchJob, rules: Rules | None = None) -> WatchedWorld:
    """Return a world in which these jobs are the baseline; what that told is forgotten."""
    world = WatchedWorld(rules=rules or Rules())
    world.poll(*jobs)
    world.told.clear()
    return world
