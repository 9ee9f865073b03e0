"""Jobs in parts and in an order, those worth showing first, and how many there are of a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, or_, select

from batchbell.core.event import Severity
from batchbell.core.provider import JobState, state_of
from batchbell.store import job_conditions, job_keys
from batchbell.store.job_conditions import FINISHED, RUNNING, STATE
from batchbell.store.job_rows import AccountJob, job_rows, read_jobs
from batchbell.store.tables import ENDED_AT, batch_jobs, results
from batchbell.store.types import Instant
from batchbell.store.views.job_filter import JobFilter
from batchbell.store.views.not_whole import IS_WHOLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Connection, Select

_DEADLINE_ORDER = (batch_jobs.c.job_deadline.is_(None), batch_jobs.c.job_deadline)


#: How many jobs ended in a state, and whether all came back of them; None: nobody knows.
EndCounts = Mapping[tuple[JobState, bool | None], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobGroup:
    """How many jobs there are that have all of this in common."""

    account: str
    finished: bool
    status: str | None
    model: str | None
    count: int


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
    Sort.MODEL: (batch_jobs.c.model_id.is_(None), batch_jobs.c.model_id, ENDED_AT.desc()),
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
    """Return running jobs, in `core.standing.jobs.job_order` if no other one is asked for."""
    part = {"offset": offset, "limit": limit, **job_conditions.at(now)}
    return _jobs(connection, _running(sort), wanted, part)


def finished(
    connection: Connection,
    *,
    wanted: JobFilter = EVERY_JOB,
    sort: Sort = Sort.ATTENTION,
    offset: int,
    limit: int,
) -> list[AccountJob]:
    """Return finished jobs, the last to end first if no other order is asked for."""
    return _jobs(connection, _finished(sort), wanted, {"offset": offset, "limit": limit})


def matching(connection: Connection, wanted: JobFilter) -> tuple[int, int]:
    """Return how many running and how many finished jobs are wanted."""
    query = select(FINISHED, func.count()).where(wanted.condition()).group_by(FINISHED)
    counts = {bool(row[0]): row[1] for row in connection.execute(query)}
    return counts.get(False, 0), counts.get(True, 0)


def severities(connection: Connection, now: datetime) -> Mapping[Severity, int]:
    """Return how many running jobs stand how badly; severities without any are left out."""
    found = connection.execute(_SEVERITIES, job_conditions.at(now))
    return {Severity(row[0]): row[1] for row in found}


def ends(connection: Connection, since: datetime) -> EndCounts:
    """Return how many jobs ended since then, by what they ended as and whether all came back.

    That is None of those of whose results nobody knows.
    """
    found = connection.execute(_ENDS, {"since": since})
    return {
        (state_of(state), None if is_whole is None else bool(is_whole)): count
        for state, is_whole, count in found
    }


def of_interest(connection: Connection, *, ended_since: datetime | None = None) -> list[AccountJob]:
    """Return the jobs that are not finished, and those that ended since; None: all jobs."""
    query = job_rows().order_by(batch_jobs.c.account, batch_jobs.c.id)
    if ended_since is not None:
        query = query.where(or_(RUNNING, and_(FINISHED, ended_since <= ENDED_AT)))
    return list(read_jobs(connection, query))


def those(connection: Connection, keys: Sequence[tuple[str, str]]) -> list[AccountJob]:
    """Return the jobs of these (account, id), in their order; those that there are."""
    found = {
        item.key: item
        for theirs in job_keys.conditions(keys, batch_jobs.c.account, batch_jobs.c.id)
        for item in read_jobs(connection, job_rows().where(theirs))
    }
    return [found[key] for key in keys if key in found]


def job_count(connection: Connection) -> int:
    """Return how many jobs the snapshot has."""
    return connection.execute(select(func.count()).select_from(batch_jobs)).scalar_one()


def job_ids(connection: Connection) -> list[str]:
    """Return the id of every job, sorted; 100,000 of them take about 0.1 s."""
    return sorted(connection.execute(select(batch_jobs.c.id)).scalars())


def kinds(connection: Connection) -> list[JobGroup]:
    """Return how many jobs there are of each kind; read from an index alone."""
    return [
        JobGroup(
            account=row.account,
            finished=row.finished,
            status=row.status,
            model=row.model_id,
            count=row.jobs,
        )
        for row in connection.execute(_KINDS)
    ]


def _jobs(
    connection: Connection,
    query: Select[Any],
    wanted: JobFilter,
    parameters: Mapping[str, Any],
) -> list[AccountJob]:
    narrowed = query.where(wanted.condition()) if wanted else query
    return list(read_jobs(connection, narrowed, parameters)) if parameters["limit"] else []


# Each is put together once, which takes longer than the database takes to answer.


@cache
def _running(sort: Sort) -> Select[Any]:
    by_attention = (job_conditions.SEVERITY.desc(), *_DEADLINE_ORDER)
    return _part(RUNNING, _ORDERS.get(sort, by_attention))


@cache
def _finished(sort: Sort) -> Select[Any]:
    return _part(FINISHED, _ORDERS.get(sort, (ENDED_AT.desc(),)))


def _part(condition: ColumnElement[bool], order: Sequence[ColumnElement[Any]]) -> Select[Any]:
    query = job_rows().where(condition).order_by(*order, batch_jobs.c.id, batch_jobs.c.account)
    return query.limit(bindparam("limit")).offset(bindparam("offset"))


_JUDGED = select(job_conditions.SEVERITY.label("severity")).where(RUNNING).subquery()
_SEVERITIES = select(_JUDGED.c.severity, func.count()).group_by(_JUDGED.c.severity)
_ENDED = (
    select(STATE.label("state"), IS_WHOLE.label("is_whole"))
    .select_from(batch_jobs)
    .outerjoin(
        results,
        and_(results.c.account == batch_jobs.c.account, results.c.job == batch_jobs.c.id),
    )
    .where(FINISHED, bindparam("since", type_=Instant) <= ENDED_AT)
    .subquery()
)
_ENDS = select(_ENDED.c.state, _ENDED.c.is_whole, func.count()).group_by(
    _ENDED.c.state, _ENDED.c.is_whole
)
_KIND = (*(batch_jobs.c[name] for name in ("account", "finished", "status", "model_id")),)
_KINDS = select(*_KIND, func.count().label("jobs")).group_by(*_KIND)
