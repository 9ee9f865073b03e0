"""What the status page reads: one page of running jobs, one of finished ones, and the counts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import Text, and_, case, cast, func, or_, select

from batchbell.core.attention import CLOSE_DEADLINE
from batchbell.core.event import Severity
from batchbell.core.provider import JobState, state_of
from batchbell.core.snapshot import VANISHED_MARK
from batchbell.store.job_rows import AccountJob, job_rows, read_jobs
from batchbell.store.tables import accounts, attempts, batch_jobs, events
from batchbell.store.views.job_filter import JobFilter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Connection

_FINISHED = batch_jobs.c.finished
_RUNNING = batch_jobs.c.finished.is_(False)
# `core.provider.state_of` as SQL: a job without a status is in no state that we know.
_STATE = func.coalesce(batch_jobs.c.meaning, batch_jobs.c.status, "")
_KNOWN_STATES = sorted(frozenset(JobState) - {JobState.UNKNOWN})
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


_DEADLINE_ORDER = (batch_jobs.c.job_deadline.is_(None), batch_jobs.c.job_deadline)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """How many jobs ended in one state."""

    total: int
    lately: int


class Sort(StrEnum):
    """What a list of jobs goes by."""

    #: The worst first, then by deadline; of finished jobs the last to end first.
    ATTENTION = "attention"
    DEADLINE = "deadline"
    #: The least first.
    PROGRESS = "progress"
    #: The youngest first.
    CREATED = "created"
    MODEL = "model"


#: The orders that are the same for running and finished jobs.
_ORDERS: Mapping[Sort, Sequence[ColumnElement[Any]]] = {
    Sort.DEADLINE: _DEADLINE_ORDER,
    Sort.PROGRESS: (func.coalesce(batch_jobs.c.progress, 0.0),),
    Sort.CREATED: (func.coalesce(batch_jobs.c.created_at, batch_jobs.c.first_seen_at).desc(),),
    Sort.MODEL: (batch_jobs.c.model_id.is_(None), batch_jobs.c.model_id, _ENDED_AT.desc()),
}
#: All jobs.
EVERY_JOB = JobFilter()


def running(
    connection: Connection,
    now: datetime,
    *,
    wanted: JobFilter = EVERY_JOB,
    sort: Sort = Sort.ATTENTION,
    offset: int,
    limit: int,
) -> list[AccountJob]:
    """Return running jobs, in `core.attention`'s order if no other one is asked for."""
    by_attention = (_severity(now).desc(), *_DEADLINE_ORDER)
    order = _ORDERS.get(sort, by_attention)
    return _jobs(connection, and_(_RUNNING, wanted.condition()), order, offset, limit)


def finished(
    connection: Connection,
    *,
    wanted: JobFilter = EVERY_JOB,
    sort: Sort = Sort.ATTENTION,
    offset: int,
    limit: int,
) -> list[AccountJob]:
    """Return finished jobs, the last to end first if no other order is asked for."""
    order = _ORDERS.get(sort, (_ENDED_AT.desc(),))
    return _jobs(connection, and_(_FINISHED, wanted.condition()), order, offset, limit)


def matching(connection: Connection, wanted: JobFilter) -> tuple[int, int]:
    """Return how many running and how many finished jobs are wanted."""
    query = select(_FINISHED, func.count()).where(wanted.condition()).group_by(_FINISHED)
    counts = {bool(row[0]): row[1] for row in connection.execute(query)}
    return counts.get(False, 0), counts.get(True, 0)


def severities(connection: Connection, now: datetime) -> Mapping[Severity, int]:
    """Return how many running jobs stand how badly; severities without any are left out."""
    severity = _severity(now).label("severity")
    query = select(severity, func.count()).where(_RUNNING).group_by(severity)
    return {Severity(row[0]): row[1] for row in connection.execute(query)}


def ends(connection: Connection, since: datetime) -> Mapping[JobState, Ends]:
    """Return how many jobs ended, by what they ended as."""
    lately = func.sum(case((_ENDED_AT.op(">=")(since), 1), else_=0))
    query = select(_STATE, func.count(), lately).where(_FINISHED).group_by(_STATE)
    return {
        state_of(row[0]): Ends(total=row[1], lately=row[2]) for row in connection.execute(query)
    }


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
    unknown = _STATE.not_in(_KNOWN_STATES)
    slow = or_(batch_jobs.c.at_risk, batch_jobs.c.stalled_since.is_not(None))
    return case(
        (batch_jobs.c.job_deadline <= now, Severity.FAILURE.value),
        (or_(close, _VANISHED, unknown, slow), Severity.WARNING.value),
        else_=Severity.INFO.value,
    )


def _jobs(
    connection: Connection,
    condition: ColumnElement[bool],
    order: Sequence[ColumnElement[Any]],
    offset: int,
    limit: int,
) -> list[AccountJob]:
    query = job_rows().where(condition).order_by(*order, batch_jobs.c.id, batch_jobs.c.account)
    return list(read_jobs(connection, query.limit(limit).offset(offset)))
