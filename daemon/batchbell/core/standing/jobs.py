"""How a job stands: by its end and its results, by its deadline, or as it is odd or slow."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.ended import ended_at
from batchbell.core.event import EventKind, Severity
from batchbell.core.forecast.beginning import is_unmoved_by_half
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import ResultsState
from batchbell.core.standing.reasons import COMPLETIONS, ENDS, SEVERITIES, Reason
from batchbell.core.standing.verdict import Standing
from batchbell.core.transition import kind_of_status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.results.job_results import JobResults
    from batchbell.core.snapshot import JobRecord

#: A deadline is close from here on, whichever warnings are configured.
CLOSE_DEADLINE = timedelta(hours=1)
#: So long a job's failure needs a look, unless somebody acknowledges it.
FAILURE_NEEDS_A_LOOK = timedelta(hours=24)
_RESULTS: Mapping[ResultsState, Reason] = {
    ResultsState.WAITING: Reason.RESULTS_AWAITED,
    ResultsState.LOST: Reason.RESULTS_LOST,
    ResultsState.SKIPPED: Reason.NO_RESULTS,
}


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
        return Standing(reasons=_end_reasons(ENDS[kind], results), since=ended_at(record))
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
    if is_unmoved_by_half(record, now):
        found[Reason.NOT_BEGUN] = None
    return Standing.of(found or {Reason.UNFINISHED: record.first_seen_at})


def is_at_risk(record: JobRecord, now: datetime) -> bool:
    """Whether a job will miss its deadline by its forecast; one that is past it has missed it."""
    deadline = record.job.job_deadline
    if not record.at_risk or deadline is None or deadline <= now:
        return False
    return record.running


def _end_reasons(end: Reason, results: JobResults | None) -> tuple[Reason, ...]:
    if results is None:
        return (end,)
    found = results_reason(results)
    if found is Reason.NOTHING_SUCCEEDED and end not in COMPLETIONS:
        # Of a job that failed, or that somebody cancelled, nothing better was to be expected.
        found = Reason.NOT_ALL_CAME_BACK
    reasons = (end, found)
    return tuple(sorted(reasons, key=lambda each: -SEVERITIES[each]))


def results_reason(results: JobResults) -> Reason:
    """Judge the results of a job's end."""
    if results.state is not ResultsState.COUNTED:
        return _RESULTS[results.state]
    if results.verdict is Verdict.UNKNOWN:
        return Reason.RESULTS_UNKNOWN
    counts = results.counts
    is_flawed = counts is not None and counts.flawed
    if results.verdict is Verdict.COMPLETE and not is_flawed:
        is_degraded = counts is not None and counts.degraded
        return Reason.NOT_ALL_OF_USE if is_degraded else Reason.ALL_CAME_BACK
    if results.verdict is Verdict.EMPTY:
        return Reason.NOTHING_SUCCEEDED
    return Reason.NOT_ALL_CAME_BACK


def end_severity(job: BatchJob, results: JobResults | None) -> Severity:
    """Return how badly a job stands that has finished: `job_standing` without the rest."""
    return SEVERITIES[_end_reasons(ENDS[kind_of_status(job)], results)[0]]


def is_open_failure(
    job: BatchJob,
    now: datetime,
    *,
    failed_at: datetime,
    is_acknowledged: bool,
    results: JobResults | None = None,
) -> bool:
    """Whether a job has failed, and nobody has acknowledged it yet; a day later that is history.

    `failed_at` is when its last failure was seen. A job of which nothing succeeded, or whose
    `results` are lost, has failed too.
    """
    if not job.finished or is_acknowledged or now - failed_at > FAILURE_NEEDS_A_LOOK:
        return False
    return end_severity(job, results) is Severity.FAILURE


def job_order(
    record: JobRecord, now: datetime, *, is_open_failure: bool = False
) -> tuple[bool, bool, bool, int, float, str]:
    """Return a sort key: what runs and needs a look, then open failures, then what else runs.

    Of what has not finished the worst comes first, then it goes by deadline. Open failures go by
    their end, the last first, as does what else has ended, the bad before the good.
    """
    standing, finished = job_standing(record, now), record.job.finished
    at = standing.since if finished else record.job.job_deadline
    moment = float("inf") if at is None else at.timestamp()
    moment = -moment if finished else moment
    can_wait = finished or standing.severity < Severity.WARNING
    worst = 0 if is_open_failure else -standing.severity
    return (can_wait, not is_open_failure and can_wait, finished, worst, moment, record.job.id)
