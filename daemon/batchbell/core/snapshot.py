"""What batchbell remembers of an account's jobs between two polls."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from batchbell.core.job import BatchJob

#: Prefix of an end's mark in `JobRecord.announced`, and of an end event's qualifier.
END_MARK = "end:"
#: Mark of a job whose disappearance was announced.
VANISHED_MARK = "vanished"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """One job of the snapshot: what the API last said of it, and since when."""

    job: BatchJob
    first_seen_at: datetime
    #: The last good poll that listed it; of a finished, unchanged job it is refreshed hourly.
    last_seen_at: datetime
    #: Since when we have known its status; the first sight of the job at the earliest.
    status_since: datetime
    #: Since when its progress has stood where it stands.
    progress_since: datetime
    #: How long it was watched to stand still since, as of `last_seen_at`: without blind time.
    flat_for: timedelta = timedelta()
    #: Start of the stall that was announced; None once it moved again.
    stalled_since: datetime | None = None
    #: Until when a message said that it is waited for while it stands still; None if none did.
    waited_until: datetime | None = None
    #: Good polls in a row that did not list it; counting stops once nothing depends on it.
    missed_polls: int = 0
    #: The first of these polls.
    missing_since: datetime | None = None
    #: What was announced or deliberately kept silent: statuses, `end:STATUS`, `vanished`.
    announced: frozenset[str] = frozenset()
    #: The deadline that was last spoken of; the next two are about it alone.
    told_deadline: datetime | None = None
    #: The tightest step announced of it, zero for its being missed; None if none was.
    told_step: timedelta | None = None
    #: Whether its `batch.at_risk` was announced.
    told_risk: bool = False
    #: Whether the forecast is past the deadline, as of the last look.
    at_risk: bool = False

    @property
    def still_since(self) -> datetime:
        """Since when neither its status nor its progress has changed."""
        return max(self.status_since, self.progress_since)

    @property
    def running(self) -> bool:
        """Whether the rules still speak of it: it has not ended, nor was an end ever announced."""
        return not self.job.finished and not self.ended_as

    @property
    def has_vanished(self) -> bool:
        """Whether the API lists it no longer, and that was announced."""
        return self.missed_polls > 0 and VANISHED_MARK in self.announced

    @property
    def ended_as(self) -> frozenset[str]:
        """The end statuses announced so far; more than one after a correction."""
        ends = (mark for mark in self.announced if mark.startswith(END_MARK))
        return frozenset(mark.removeprefix(END_MARK) for mark in ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsAlike:
    """Records that say the same of several jobs; a baseline has a hundred thousand of them."""

    #: The first job's.
    record: JobRecord
    jobs: Sequence[BatchJob]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressSample:
    """A job's progress at the moment it moved."""

    job_id: str
    at: datetime
    #: Fraction done, 0.0 to 1.0.
    progress: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The jobs of one account as of its last good poll."""

    account: str
    #: None before the first good poll: the next listing is the silent baseline.
    last_good_poll_at: datetime | None = None
    #: By job id.
    records: Mapping[str, JobRecord] = field(default_factory=dict)
