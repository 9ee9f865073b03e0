"""What the metrics say of the state of things, as of one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.provider import JobState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.event import Severity

#: Models that get series of their own; the others share one. An API that invents names must not
#: fill the memory of whoever collects the metrics.
MOST_MODELS = 20
#: A job whose files are read later than this is late; the alert rule goes by the same.
BEHIND_AFTER = timedelta(hours=1)
#: What stands for all other values of a label.
OTHER = "other"
#: What stands for a missing value.
NONE = "none"
STATUSES = frozenset(JobState) - {JobState.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCount:
    """How many jobs of one account are of one status and one model."""

    account: str
    status: str
    model: str
    jobs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits for a channel, and what was given up on it."""

    pending: int = 0
    #: Reminders aside: they come again by themselves.
    dead: int = 0
    #: When the oldest that waits was queued; None if none does.
    oldest_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultBacklog:
    """Ended jobs of an account whose result files are still to be read."""

    pending: int = 0
    #: Of these, those of which an attempt failed.
    failing: int = 0
    #: Since when the first of them waits; None if none does.
    oldest_at: datetime | None = None

    def is_behind(self, now: datetime) -> bool:
        """Whether one waits for longer than reading many files takes."""
        return self.oldest_at is not None and now - self.oldest_at > BEHIND_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaGauge:
    """One of several daemons that share the database."""

    name: str
    version: str
    is_alive: bool
    #: How long ago its last sign of life was, by the database's clock.
    silent_for: timedelta
    #: What it polls and delivers to; nothing if it is dead.
    accounts: Collection[str] = ()
    channels: Collection[str] = ()
    #: Whether its configuration is another one than most have.
    differs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """Read from the database, for the accounts and channels in force."""

    jobs: tuple[JobCount, ...] = ()
    #: Jobs whose forecast is past their deadline, by account.
    at_risk: Mapping[str, int] = field(default_factory=dict)
    #: By account; one that was never polled well is missing.
    last_good_poll_at: Mapping[str, datetime] = field(default_factory=dict)
    #: How the accounts and the channels stand, by name.
    accounts: Mapping[str, Severity] = field(default_factory=dict)
    channels: Mapping[str, Severity] = field(default_factory=dict)
    #: By channel.
    backlogs: Mapping[str, Backlog] = field(default_factory=dict)
    #: By account.
    results: Mapping[str, ResultBacklog] = field(default_factory=dict)
    #: The eldest first, those that died lately too; none where one daemon has the database.
    replicas: Sequence[ReplicaGauge] = ()
    #: Bytes, by file: "main" and "wal".
    database_bytes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How the daemon itself is, whatever the database holds."""

    is_healthy: bool = True
    #: How long a sign of life is overdue, by work, seconds; 0 for what is in time.
    overdue_seconds: Mapping[str, float] = field(default_factory=dict)
    #: Transactions that failed since the start.
    database_errors: int = 0
    #: When a transaction last wrote; None if none has yet.
    written_at: datetime | None = None
    #: How far the wall clock is ahead of the API's time; None before a first answer.
    skew: timedelta | None = None


def closed_labels(counts: Iterable[JobCount]) -> tuple[JobCount, ...]:
    """Return the counts with labels from closed sets: known statuses, the most used models."""
    known = list(counts)
    totals: dict[str, int] = {}
    for each in known:
        totals[each.model] = totals.get(each.model, 0) + each.jobs
    usual = set(sorted(totals, key=lambda model: (-totals[model], model))[:MOST_MODELS])
    sums: dict[tuple[str, str, str], int] = {}
    for each in known:
        status = each.status if each.status in STATUSES else OTHER if each.status else NONE
        model = (each.model or NONE) if each.model in usual else OTHER
        key = (each.account, status, model)
        sums[key] = sums.get(key, 0) + each.jobs
    return tuple(
        JobCount(account=account, status=status, model=model, jobs=jobs)
        for (account, status, model), jobs in sorted(sums.items())
    )
