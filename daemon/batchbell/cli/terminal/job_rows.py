"""The rows of the table of jobs, the same on a terminal and in a pipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.cli.terminal.outlook_words import AT_RISK, short_outlook
from batchbell.cli.terminal.phrases import ago, ahead, span
from batchbell.core.attention import (
    ended_at,
    has_vanished,
    is_at_risk,
    is_close,
    is_overdue,
    severity_now,
)
from batchbell.core.event import EventKind, Severity
from batchbell.core.plain_text import one_line, percent
from batchbell.core.transition import kind_of_status

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.forecast.forecast import Forecast, NoForecast
    from batchbell.store.job_rows import AccountJob

#: What stands for a value the API did not give.
NOTHING = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job in words."""

    id: str
    account: str
    severity: Severity
    status: str
    #: Fraction, None if not given.
    fraction: float | None
    percent: str
    #: When it is due, or since when it is over.
    when: str
    #: Whether its deadline is past or close.
    is_urgent: bool
    #: When it will be done.
    forecast: str
    #: Whether that is past its deadline.
    is_at_risk: bool
    model: str
    #: What else matters about it; '' if nothing does.
    remark: str


def job_row(
    item: AccountJob,
    now: datetime,
    *,
    note: str = "",
    outlook: Forecast | NoForecast | None = None,
) -> JobRow:
    """Put one job into words; a `note` stands before what else matters about it."""
    job, at_risk = item.record.job, is_at_risk(item.record, now)
    remarks = (note, AT_RISK if at_risk else "", _remark(item, now))
    return JobRow(
        id=job.id,
        account=item.account,
        severity=severity_now(item.record, now),
        status=job.status or NOTHING,
        fraction=job.progress,
        percent=NOTHING if job.progress is None else percent(job.progress),
        when=_when(item, now),
        is_urgent=is_close(item.record, now),
        forecast=short_outlook(outlook, now) or NOTHING,
        is_at_risk=at_risk,
        model=job.model_id or NOTHING,
        remark="; ".join(filter(None, remarks)),
    )


def _when(item: AccountJob, now: datetime) -> str:
    ended = ended_at(item.record)
    if ended is not None:
        return f"ended {ago(ended, now)}"
    deadline = item.record.job.job_deadline
    if deadline is None:
        return NOTHING
    if is_overdue(item.record, now):
        return f"overdue {span(now - deadline)}"
    return f"due {ahead(deadline, now)}"


def _remark(item: AccountJob, now: datetime) -> str:
    """Say why a job needs a look, in one line of any length."""
    record, job = item.record, item.record.job
    if has_vanished(record) and record.missing_since is not None:
        return f"the API has not listed it since {ago(record.missing_since, now)}"
    kind = kind_of_status(job)
    if job.finished and severity_now(record, now) is Severity.SUCCESS:
        return ""
    if job.error:
        return one_line(job.error)
    return {
        EventKind.COMPLETED_WITH_ERRORS: "some requests failed: see its error file",
        EventKind.COMPLETED_EMPTY: "no request succeeded: there is no output file",
        EventKind.EXPIRED: _partial(job.output_file_id),
        EventKind.CANCELLED: _partial(job.output_file_id),
    }.get(kind, "")


def _partial(output_file_id: str | None) -> str:
    return "the finished part is in its output file" if output_file_id else ""
