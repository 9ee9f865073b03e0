"""What the status page reads: one page of running jobs, one of finished ones, and the counts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from batchbell.core.attention import MISSED_POLLS
from batchbell.core.batch_job import END_STATUSES, BatchJob, BatchStatus
from batchbell.store.tables import accounts, attempts, batch_jobs, events, notifications

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from batchbell.core.attention import Limits

_JOB_FIELDS = tuple(field.name for field in fields(BatchJob))
_FINISHED = batch_jobs.c.status.in_(sorted(END_STATUSES))
# NULL is a status we don't know, too.
_RUNNING = func.coalesce(batch_jobs.c.status, "").not_in(sorted(END_STATUSES))
_ENDED_AT = func.coalesce(batch_jobs.c.completed_at, batch_jobs.c.status_since)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageJob:
    """A job with what the page shows of its record."""

    account: str
    job: BatchJob
    first_seen_at: datetime
    status_since: datetime
    progress_since: datetime
    missed_polls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some consecutive rows of a longer list."""

    rows: Sequence[PageJob]
    #: How many come before them.
    offset: int
    #: How many there are in all.
    total: int


def running(
    connection: Connection, limits: Limits, now: datetime, *, offset: int, limit: int
) -> Slice:
    """Return running jobs in the order of `core.attention`, then by deadline, then by age."""
    order = (
        _urgency(limits, now),
        batch_jobs.c.job_deadline.is_(None),
        batch_jobs.c.job_deadline,
        func.coalesce(batch_jobs.c.created_at, batch_jobs.c.first_seen_at),
        batch_jobs.c.account,
        batch_jobs.c.id,
    )
    query = _rows().where(_RUNNING).order_by(*order)
    return _slice(connection, query, _RUNNING, offset, limit)


def finished(connection: Connection, *, offset: int, limit: int) -> Slice:
    """Return finished jobs, the last to end first."""
    query = _rows().where(_FINISHED)
    query = query.order_by(_ENDED_AT.desc(), batch_jobs.c.account, batch_jobs.c.id)
    return _slice(connection, query, _FINISHED, offset, limit)


def ended_since(connection: Connection, moment: datetime) -> Mapping[str, int]:
    """Return how many jobs ended since, by end status."""
    query = (
        select(batch_jobs.c.status, func.count())
        .where(_FINISHED, _ENDED_AT >= moment)
        .group_by(batch_jobs.c.status)
    )
    return {status: count for status, count in connection.execute(query)}


def urgent(connection: Connection, limits: Limits, now: datetime) -> int:
    """Return how many running jobs a person should look at."""
    query = select(func.count()).where(_RUNNING, _urgency(limits, now) < _CALM)
    return connection.execute(query).scalar_one()


def jobs_by_account(connection: Connection) -> Mapping[str, int]:
    """Return how many jobs are known of each account."""
    query = select(batch_jobs.c.account, func.count()).group_by(batch_jobs.c.account)
    return {account: count for account, count in connection.execute(query)}


def undelivered(connection: Connection) -> Mapping[str, Mapping[str, int]]:
    """Return how many notifications are pending and dead, as {channel: {state: count}}."""
    query = (
        select(notifications.c.channel, notifications.c.state, func.count())
        .where(notifications.c.state.in_(["pending", "dead"]))
        .group_by(notifications.c.channel, notifications.c.state)
    )
    counts: dict[str, dict[str, int]] = {}
    for channel, state, count in connection.execute(query):
        counts.setdefault(channel, {})[state] = count
    return counts


def version(connection: Connection) -> str:
    """Return a text that is another one after every poll, event and delivery attempt."""
    query = select(
        select(func.max(accounts.c.last_poll_at)).scalar_subquery().label("polled"),
        select(func.max(events.c.id)).scalar_subquery().label("event"),
        select(func.max(attempts.c.id)).scalar_subquery().label("attempt"),
    )
    row = connection.execute(query).one()
    polled = 0 if row.polled is None else int(row.polled.timestamp() * 1000)
    return f"{polled}-{row.event or 0}-{row.attempt or 0}"


#: Rank of a running job nobody has to look at; the others follow `core.attention`.
_CALM = 5


def _urgency(limits: Limits, now: datetime) -> ColumnElement[int]:
    return case(
        (batch_jobs.c.job_deadline < now, 0),
        (batch_jobs.c.missed_polls >= MISSED_POLLS, 1),
        (func.coalesce(batch_jobs.c.status, "").not_in(sorted(BatchStatus)), 2),
        (batch_jobs.c.progress_since <= now - limits.stalled_after, 3),
        (batch_jobs.c.job_deadline <= now + limits.due_soon, 4),
        else_=_CALM,
    )


def _rows() -> Select[tuple[object, ...]]:
    columns = ("account", *_JOB_FIELDS, "first_seen_at", "status_since", "progress_since")
    return select(*(batch_jobs.c[name] for name in columns), batch_jobs.c.missed_polls)


def _slice(
    connection: Connection,
    query: Select[tuple[object, ...]],
    which: ColumnElement[bool],
    offset: int,
    limit: int,
) -> Slice:
    total = connection.execute(select(func.count()).where(which)).scalar_one()
    rows = connection.execute(query.limit(limit).offset(offset)).mappings()
    return Slice(
        rows=[
            PageJob(
                account=row["account"],
                job=BatchJob(**{name: row[name] for name in _JOB_FIELDS}),
                first_seen_at=row["first_seen_at"],
                status_since=row["status_since"],
                progress_since=row["progress_since"],
                missed_polls=row["missed_polls"],
            )
            for row in rows
        ],
        offset=offset,
        total=total,
    )
