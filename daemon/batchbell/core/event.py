"""`Event`: one thing worth a message, with a key that makes it unique."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

from batchbell.core.facts import NO_FACTS, Facts

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.job import BatchJob


class Severity(IntEnum):
    """How bad: info < success < warning < failure."""

    INFO = 0
    SUCCESS = 1
    WARNING = 2
    FAILURE = 3


class EventKind(StrEnum):
    """Every kind of event; the names are a contract with users' filters."""

    CREATED = "batch.created"
    VALIDATING = "batch.validating"
    IN_PROGRESS = "batch.in_progress"
    CANCELING = "batch.canceling"
    PROGRESS = "batch.progress"
    RESUMED = "batch.resumed"
    COMPLETED = "batch.completed"
    COMPLETED_WITH_ERRORS = "batch.completed_with_errors"
    COMPLETED_EMPTY = "batch.completed_empty"
    FAILED = "batch.failed"
    EXPIRED = "batch.expired"
    CANCELLED = "batch.cancelled"
    DEADLINE_APPROACHING = "batch.deadline_approaching"
    AT_RISK = "batch.at_risk"
    DEADLINE_MISSED = "batch.deadline_missed"
    STALLED = "batch.stalled"
    VANISHED = "batch.vanished"
    STATUS_UNKNOWN = "batch.status_unknown"
    RESULTS = "batch.results"
    INCOMPLETE = "batch.incomplete"
    RESULTS_LOST = "batch.results_lost"
    ACCOUNT_UNREACHABLE = "account.unreachable"
    ACCOUNT_UNAUTHORIZED = "account.unauthorized"
    ACCOUNT_RECOVERED = "account.recovered"
    ACCOUNT_WATCHING = "account.watching"
    CHANNEL_FAILING = "channel.failing"
    CHANNEL_RECOVERED = "channel.recovered"
    CHANNEL_MESSAGE_LOST = "channel.message_lost"

    # Python's enumerations hash the member's name, in Python: a text knows its hash.
    __hash__ = str.__hash__


_INFO = frozenset(
    {
        EventKind.CREATED,
        EventKind.VALIDATING,
        EventKind.IN_PROGRESS,
        EventKind.CANCELING,
        EventKind.PROGRESS,
        EventKind.RESUMED,
        EventKind.ACCOUNT_WATCHING,
    }
)
_SUCCESS = frozenset(
    {EventKind.COMPLETED, EventKind.ACCOUNT_RECOVERED, EventKind.CHANNEL_RECOVERED}
)
_FAILURE = frozenset(
    {
        EventKind.COMPLETED_EMPTY,
        EventKind.FAILED,
        EventKind.EXPIRED,
        EventKind.DEADLINE_MISSED,
        EventKind.RESULTS_LOST,
        EventKind.ACCOUNT_UNREACHABLE,
        EventKind.ACCOUNT_UNAUTHORIZED,
        EventKind.CHANNEL_FAILING,
        EventKind.CHANNEL_MESSAGE_LOST,
    }
)

#: The kinds that tell a job's end.
ENDS = frozenset(
    {
        EventKind.COMPLETED,
        EventKind.COMPLETED_WITH_ERRORS,
        EventKind.COMPLETED_EMPTY,
        EventKind.FAILED,
        EventKind.EXPIRED,
        EventKind.CANCELLED,
    }
)

#: The kinds that are about how a running job will do.
ABOUT_PROSPECTS = frozenset(
    {
        EventKind.DEADLINE_APPROACHING,
        EventKind.AT_RISK,
        EventKind.DEADLINE_MISSED,
        EventKind.STALLED,
    }
)

#: The ends of jobs that completed.
COMPLETIONS = frozenset(
    {EventKind.COMPLETED, EventKind.COMPLETED_WITH_ERRORS, EventKind.COMPLETED_EMPTY}
)

#: What is told of an end's results, besides the end itself; they have its qualifier.
VERDICT_KINDS = frozenset({EventKind.RESULTS, EventKind.INCOMPLETE, EventKind.RESULTS_LOST})

#: The kinds that a channel without an `events` filter gets.
TOLD_BY_DEFAULT = frozenset(EventKind) - _INFO - {EventKind.RESULTS}


def severity_of(kind: EventKind) -> Severity:
    """Return the severity of a kind: the worst, where what its facts say can make it better."""
    if kind in _INFO:
        return Severity.INFO
    if kind in _SUCCESS:
        return Severity.SUCCESS
    return Severity.FAILURE if kind in _FAILURE else Severity.WARNING


#: Account, job, kind and qualifier: what makes an event unique.
EventKey = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing worth a message. (`account`, `job_id`, `kind`, `qualifier`) is its unique key."""

    kind: EventKind
    #: Name of the account, '' for channel events.
    account: str
    #: Id of the job, '' for account and channel events.
    job_id: str = ""
    #: What distinguishes events of one kind of one job: a status, a deadline, an outage's start.
    qualifier: str = ""
    #: When it happened, as well as we know (the API's time where it gives one).
    happened_at: datetime
    #: When batchbell saw it.
    seen_at: datetime
    #: The job as it was at that moment; None for account and channel events.
    job: BatchJob | None = None
    #: What else is known of it.
    facts: Facts = NO_FACTS
    #: Why nobody is notified ("first poll"), None for an event that is routed.
    silent_because: str | None = None

    @property
    def severity(self) -> Severity:
        """How bad it is: of a kind, and by the verdict on its job's results."""
        results = self.facts.results
        if self.kind is EventKind.RESULTS and results.is_good:
            return Severity.SUCCESS
        if self.kind in COMPLETIONS and results.is_nothing:
            return Severity.FAILURE
        if self.kind is EventKind.COMPLETED and results.is_bad:
            return Severity.WARNING
        return severity_of(self.kind)

    @property
    def input_file(self) -> str:
        """The name of the job's input file; '' while it is not known."""
        return self.facts.input_file

    @property
    def key(self) -> EventKey:
        """The unique key in the database."""
        return (self.account, self.job_id, self.kind.value, self.qualifier)
