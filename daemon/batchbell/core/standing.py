"""The one verdict on an account, a channel or a job. Surfaces word it; none judges for itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from batchbell.core.coverage import polled_in_time
from batchbell.core.ended import ended_at
from batchbell.core.event import EventKind, Severity, severity_of
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import ResultsState
from batchbell.core.transition import kind_of_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from batchbell.core.account_health import AccountState
    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.gauges import Backlog
    from batchbell.core.job import BatchJob
    from batchbell.core.results.job_results import JobResults
    from batchbell.core.snapshot import JobRecord

#: A deadline is close from here on, whichever warnings are configured.
CLOSE_DEADLINE = timedelta(hours=1)
#: A machine's clock that differs less from the API's is no news.
SKEW_WORTH_TELLING = timedelta(seconds=60)
#: Of an account never polled well nobody knows the interval: it counts as left alone after this.
LEFT_ALONE_AFTER = timedelta(minutes=5)
#: So long a job's failure needs a look, unless somebody acknowledges it.
FAILURE_NEEDS_A_LOOK = timedelta(hours=24)


class Reason(StrEnum):
    """Why something stands as it does; the table in `docs/concepts.md` goes by these words."""

    POLLED_IN_TIME = "polled in time"
    NEVER_SEEN = "no good poll yet"
    NOT_WATCHED = "no longer watched"
    POLL_FAILED = "polls fail, not told yet"
    OUTAGE_TOLD = "polls fail, and that was told"
    NOT_SEEN = "no good poll in time"
    CLOCK_OFF = "clock off"
    UNUSABLE_ROWS = "unusable rows or fields"

    DELIVERING = "delivering"
    NOTHING_SENT = "nothing sent yet"
    SEND_FAILED = "sending fails, not told yet"
    FAILURE_TOLD = "sending fails, and that was told"
    DISABLED = "disabled by its receiver"
    GIVEN_UP = "messages given up"

    UNFINISHED = "not finished"
    DEADLINE_CLOSE = "deadline close"
    AT_RISK = "at risk"
    STALLED = "stalled"
    VANISHED = "vanished"
    STATUS_UNKNOWN = "unknown status"
    OVERDUE = "deadline missed"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed with errors"
    COMPLETED_EMPTY = "completed without output"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ALL_CAME_BACK = "everything came back"
    RESULTS_AWAITED = "results not counted yet"
    NO_RESULTS = "no results to count"
    NOT_ALL_CAME_BACK = "not everything came back"
    RESULTS_UNKNOWN = "not known whether everything came back"
    RESULTS_LOST = "results lost"


_ENDS: Mapping[EventKind, Reason] = {
    EventKind.COMPLETED: Reason.COMPLETED,
    EventKind.COMPLETED_WITH_ERRORS: Reason.COMPLETED_WITH_ERRORS,
    EventKind.COMPLETED_EMPTY: Reason.COMPLETED_EMPTY,
    EventKind.FAILED: Reason.FAILED,
    EventKind.EXPIRED: Reason.EXPIRED,
    EventKind.CANCELLED: Reason.CANCELLED,
}
#: The reasons of results that were counted, as far as that was possible.
COUNTED = (Reason.ALL_CAME_BACK, Reason.NOT_ALL_CAME_BACK, Reason.RESULTS_UNKNOWN)
#: How bad each reason is; an end is as bad as its event.
SEVERITIES: Mapping[Reason, Severity] = {
    Reason.POLLED_IN_TIME: Severity.SUCCESS,
    Reason.NEVER_SEEN: Severity.INFO,
    Reason.NOT_WATCHED: Severity.INFO,
    Reason.POLL_FAILED: Severity.WARNING,
    Reason.OUTAGE_TOLD: Severity.FAILURE,
    Reason.NOT_SEEN: Severity.FAILURE,
    Reason.CLOCK_OFF: Severity.WARNING,
    Reason.UNUSABLE_ROWS: Severity.WARNING,
    Reason.DELIVERING: Severity.SUCCESS,
    Reason.NOTHING_SENT: Severity.INFO,
    Reason.SEND_FAILED: Severity.WARNING,
    Reason.FAILURE_TOLD: Severity.FAILURE,
    Reason.DISABLED: Severity.FAILURE,
    Reason.GIVEN_UP: Severity.WARNING,
    Reason.UNFINISHED: Severity.INFO,
    Reason.DEADLINE_CLOSE: Severity.WARNING,
    Reason.AT_RISK: Severity.WARNING,
    Reason.STALLED: Severity.WARNING,
    Reason.VANISHED: Severity.WARNING,
    Reason.STATUS_UNKNOWN: Severity.WARNING,
    Reason.OVERDUE: Severity.FAILURE,
    **{reason: severity_of(kind) for kind, reason in _ENDS.items()},
    Reason.ALL_CAME_BACK: Severity.SUCCESS,
    Reason.RESULTS_AWAITED: Severity.INFO,
    Reason.NO_RESULTS: Severity.INFO,
    Reason.NOT_ALL_CAME_BACK: Severity.WARNING,
    Reason.RESULTS_UNKNOWN: Severity.WARNING,
    Reason.RESULTS_LOST: severity_of(EventKind.RESULTS_LOST),
}
_RESULTS: Mapping[ResultsState, Reason] = {
    ResultsState.WAITING: Reason.RESULTS_AWAITED,
    ResultsState.LOST: Reason.RESULTS_LOST,
    ResultsState.SKIPPED: Reason.NO_RESULTS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How something stands, and why."""

    #: Worst first; at least one.
    reasons: tuple[Reason, ...]
    #: Since when the worst of them holds; None if that is not known.
    since: datetime | None

    @property
    def severity(self) -> Severity:
        """How bad it is: as the worst reason."""
        return SEVERITIES[self.reasons[0]]

    def has(self, *reasons: Reason) -> bool:
        """Whether one of these is among the reasons."""
        return not set(reasons).isdisjoint(self.reasons)

    @property
    def is_seen(self) -> bool:
        """Of an account: whether it had a good poll, and the last one is not too long ago."""
        return not self.has(Reason.NEVER_SEEN, Reason.NOT_SEEN, Reason.NOT_WATCHED)


def account_standing(state: AccountState, now: datetime) -> Standing:
    """Judge an account: is it polled, and is what the polls bring of use.

    In time is what whoever polls last had meant to be: the account's own interval decides.
    """
    good, due = state.last_good_poll_at, state.blind_after
    failing_since = state.health.failing_since
    if not state.is_watched:
        return _standing({Reason.NOT_WATCHED: good})
    found: dict[Reason, datetime | None] = {}
    if failing_since is not None:
        found[Reason.OUTAGE_TOLD if state.health.told else Reason.POLL_FAILED] = failing_since
    if good is None or due is None:
        found[Reason.NEVER_SEEN] = None
    elif not polled_in_time(good, now, grace_period=due - good):
        found[Reason.NOT_SEEN] = good
    elif failing_since is None:
        found[Reason.POLLED_IN_TIME] = good
    if is_clock_off(timedelta(seconds=state.skew_seconds or 0.0)):
        found[Reason.CLOCK_OFF] = None
    if state.skipped_rows or state.bad_fields:
        found[Reason.UNUSABLE_ROWS] = None
    return _standing(found)


def is_clock_off(skew: timedelta) -> bool:
    """Whether a wall clock so far ahead of the API's time, or behind it, is worth a word."""
    return abs(skew) > SKEW_WORTH_TELLING


def left_alone_since(states: Iterable[AccountState], now: datetime) -> datetime | None:
    """Return the last poll if no account was polled in time since, well or not: nobody polls.

    None while somebody does, or if nobody ever did.
    """
    tried = [
        (state.last_poll_at, _grace_period(state))
        for state in states
        if state.last_poll_at is not None and state.is_watched
    ]
    if any(polled_in_time(at, now, grace_period=grace_period) for at, grace_period in tried):
        return None
    return max((at for at, _ in tried), default=None)


def _grace_period(state: AccountState) -> timedelta:
    if state.last_good_poll_at is None or state.blind_after is None:
        return LEFT_ALONE_AFTER
    return state.blind_after - state.last_good_poll_at


def channel_standing(health: ChannelHealth, backlog: Backlog) -> Standing:
    """Judge a channel: does it deliver, and was anything given up on it that nobody retried."""
    found: dict[Reason, datetime | None] = {}
    if health.disabled_at is not None:
        found[Reason.DISABLED] = health.disabled_at
    if health.failing_since is not None:
        found[Reason.FAILURE_TOLD if health.told else Reason.SEND_FAILED] = health.failing_since
    sent = health.last_success_at
    if not found:
        found[Reason.NOTHING_SENT if sent is None else Reason.DELIVERING] = sent
    if backlog.dead:
        found[Reason.GIVEN_UP] = None
    return _standing(found)


def job_standing(
    record: JobRecord, now: datetime, *, results: JobResults | None = None
) -> Standing:
    """Judge a job: by its end and its results, by its deadline, or as it is odd or slow.

    `results` is None if they are not counted. `store.job_conditions` says the same in SQL of jobs
    that have not finished.
    """
    job, deadline = record.job, record.job.job_deadline
    kind = kind_of_status(job)
    if job.finished:
        return Standing(reasons=_end_reasons(_ENDS[kind], results), since=ended_at(record))
    found: dict[Reason, datetime | None] = {}
    if deadline is not None and deadline <= now:
        found[Reason.OVERDUE] = deadline
    elif deadline is not None and deadline - now <= CLOSE_DEADLINE:
        found[Reason.DEADLINE_CLOSE] = deadline - CLOSE_DEADLINE
    if is_at_risk(record, now):
        found[Reason.AT_RISK] = None
    if record.has_vanished:
        found[Reason.VANISHED] = record.missing_since
    if kind is EventKind.STATUS_UNKNOWN:
        found[Reason.STATUS_UNKNOWN] = record.status_since
    if record.stalled_since is not None:
        found[Reason.STALLED] = record.stalled_since
    return _standing(found or {Reason.UNFINISHED: record.first_seen_at})


def is_at_risk(record: JobRecord, now: datetime) -> bool:
    """Whether a job will miss its deadline by its forecast; one that is past it has missed it."""
    deadline = record.job.job_deadline
    if not record.at_risk or deadline is None or deadline <= now:
        return False
    return record.running


def _end_reasons(end: Reason, results: JobResults | None) -> tuple[Reason, ...]:
    if results is None:
        return (end,)
    reasons = (end, results_reason(results))
    return tuple(sorted(reasons, key=lambda each: -SEVERITIES[each]))


def results_reason(results: JobResults) -> Reason:
    """Judge the results of a job's end."""
    if results.state is not ResultsState.COUNTED:
        return _RESULTS[results.state]
    if results.verdict is Verdict.UNKNOWN:
        return Reason.RESULTS_UNKNOWN
    is_flawed = results.counts is not None and results.counts.flawed
    if results.verdict is Verdict.COMPLETE and not is_flawed:
        return Reason.ALL_CAME_BACK
    return Reason.NOT_ALL_CAME_BACK


def end_severity(job: BatchJob, results: JobResults | None) -> Severity:
    """Return how badly a job stands that has finished: `job_standing` without the rest."""
    return SEVERITIES[_end_reasons(_ENDS[kind_of_status(job)], results)[0]]


def is_open_failure(
    job: BatchJob,
    now: datetime,
    *,
    failed_at: datetime,
    is_acknowledged: bool,
    results: JobResults | None = None,
) -> bool:
    """Whether a job has failed, and nobody has acknowledged it yet; a day later that is history.

    `failed_at` is when its last failure was seen. A job whose `results` are lost has failed too.
    """
    if not job.finished or is_acknowledged or now - failed_at > FAILURE_NEEDS_A_LOOK:
        return False
    return end_severity(job, results) is Severity.FAILURE


def job_order(
    record: JobRecord, now: datetime, *, is_open_failure: bool = False
) -> tuple[bool, bool, int, float, str]:
    """Return a sort key: open failures first, then what has not finished, the worst first.

    Then it goes by deadline, of what has ended by its end, the latest first.
    """
    standing, finished = job_standing(record, now), record.job.finished
    at = standing.since if finished else record.job.job_deadline
    moment = float("inf") if at is None else at.timestamp()
    moment = -moment if finished else moment
    return (not is_open_failure, finished, -standing.severity, moment, record.job.id)


def _standing(found: Mapping[Reason, datetime | None]) -> Standing:
    # Most often there is one: 20,000 jobs are judged to show one page.
    worst_first = found if len(found) == 1 else sorted(found, key=lambda each: -SEVERITIES[each])
    reasons = tuple(worst_first)
    return Standing(reasons=reasons, since=found[reasons[0]])
