"""What the status page reads: one page of running jobs, one of finished ones, and the counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Text, and_, case, cast, func, or_, select

from batchbell.core.attention import CLOSE_DEADLINE
from batchbell.core.batch_job import END_STATUSES, BatchStatus
from batchbell.core.event import Severity
from batchbell.core.snapshot import VANISHED_MARK
from batchbell.store.job_rows import AccountJob, job_rows, read_jobs
from batchbell.store.tables import accounts, attempts, batch_jobs, events

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Connection, Select

# A job without a status has not finished, and its status is not one we know.
_STATUS = func.coalesce(batch_jobs.c.status, "")
_FINISHED = _STATUS.in_(sorted(END_STATUSES))
_RUNNING = _STATUS.not_in(sorted(END_STATUSES))
# `core.attention.has_vanished` and `ended_at` as SQL, so that only the rows of one page are loaded.
_VANISHED = and_(
    batch_jobs.c.missed_polls > 0,
    cast(batch_jobs.c.announced, Text).contains(f'"{VANISHED_MARK}"'),
)
_ENDED_AT = func.coalesce(
    batch_jobs.c.completed_at,
    case((batch_jobs.c.status_since <= batch_jobs.c.first_seen_at, batch_jobs.c.created_at)),
    batch_jobs.c.status_since,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """How many jobs ended with one status."""

    total: int
    lately: int


def running(connection: Connection, now: datetime, *, offset: int, limit: int) -> list[AccountJob]:
    """Return running jobs in `core.attention`'s order: the worst first, then by deadline."""
    order = (
        _severity(now).desc(),
        batch_jobs.c.job_deadline.is_(None),
        batch_jobs.c.job_deadline,
        batch_jobs.c.id,
    )
    return _jobs(connection, job_rows().where(_RUNNING).order_by(*order), offset, limit)


def finished(connection: Connection, *, offset: int, limit: int) -> list[AccountJob]:
    """Return finished jobs, the last to end first."""
    query = job_rows().where(_FINISHED).order_by(_ENDED_AT.desc(), batch_jobs.c.id)
    return _jobs(connection, query, offset, limit)


def severities(connection: Connection, now: datetime) -> Mapping[Severity, int]:
    """Return how many running jobs stand how badly; severities without any are left out."""
    severity = _severity(now).label("severity")
    query = select(severity, func.count()).where(_RUNNING).group_by(severity)
    return {Severity(row[0]): row[1] for row in connection.execute(query)}


def ends(connection: Connection, since: datetime) -> Mapping[str, Ends]:
    """Return how many jobs ended, by end status."""
    lately = func.sum(case((_ENDED_AT.op(">=")(since), 1), else_=0))
    query = select(batch_jobs.c.status, func.count(), lately).where(_FINISHED)
    rows = connection.execute(query.group_by(batch_jobs.c.status))
    return {row[0]: Ends(total=row[1], lately=row[2]) for row in rows}


def jobs_by_account(connection: Connection) -> Mapping[str, int]:
    """Return how many jobs are known of each account."""
    query = select(batch_jobs.c.account, func.count()).group_by(batch_jobs.c.account)
    return {row[0]: row[1] for row in connection.execute(query)}


def version(connection: Connection) -> str:
    """Return a text that is another one after every poll, event and delivery attempt."""
    query = select(
        select(func.max(accounts.c.last_poll_at)).scalar_subquery().label("polled_at"),
        select(func.max(events.c.id)).scalar_subquery().label("event"),
        select(func.max(attempts.c.id)).scalar_subquery().label("attempt"),
    )
    row = connection.execute(query).one()
    polled = 0 if row.polled_at is None else int(row.polled_at.timestamp() * 1000)
    return f"{polled}-{row.event or 0}-{row.attempt or 0}"


def _severity(now: datetime) -> ColumnElement[int]:
    """Return `core.attention.severity_now` of running jobs as SQL."""
    close = batch_jobs.c.job_deadline <= now + CLOSE_DEADLINE
    unknown = _STATUS.not_in(sorted(BatchStatus))
    slow = or_(batch_jobs.c.at_risk, batch_jobs.c.stalled_since.is_not(None))
    return case(
        (batch_jobs.c.job_deadline <= now, Severity.FAILURE.value),
        (or_(close, _VANISHED, unknown, slow), Severity.WARNING.value),
        else_=Severity.INFO.value,
    )


def _jobs(connection: Connection, query: Select[Any], offset: int, limit: int) -> list[AccountJob]:
    return list(read_jobs(connection, query.limit(limit).offset(offset)))
