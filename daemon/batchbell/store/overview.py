"""What `status` shows: the jobs that matter now, and how much waits for each channel."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select

from batchbell.core.batch_job import END_STATUSES, BatchJob
from batchbell.core.snapshot import JobRecord
from batchbell.store.jobs import AccountJob
from batchbell.store.tables import batch_jobs, notifications

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row

_JOB_FIELDS = tuple(field.name for field in fields(BatchJob))
_RECORD_FIELDS = tuple(
    field.name for field in fields(JobRecord) if field.name not in {"job", "announced"}
)
_COLUMNS = [batch_jobs.c[name] for name in ("account", "announced", *_JOB_FIELDS, *_RECORD_FIELDS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits for a channel, and what was given up on it."""

    pending: int = 0
    dead: int = 0


def jobs_of_interest(
    connection: Connection, *, ended_since: datetime | None = None
) -> list[AccountJob]:
    """Return the jobs that are not finished, and those that ended since; None: all jobs.

    A job whose end has no time counts from when we saw it.
    """
    query = select(*_COLUMNS).order_by(batch_jobs.c.account, batch_jobs.c.id)
    if ended_since is not None:
        ended = func.coalesce(batch_jobs.c.completed_at, batch_jobs.c.status_since)
        unfinished = or_(
            batch_jobs.c.status.is_(None), batch_jobs.c.status.not_in(sorted(END_STATUSES))
        )
        query = query.where(or_(unfinished, ended >= ended_since))
    return [_account_job(row) for row in connection.execute(query)]


def job_count(connection: Connection) -> int:
    """Return how many jobs the snapshot has."""
    return connection.execute(select(func.count()).select_from(batch_jobs)).scalar_one()


def job_ids(connection: Connection) -> list[str]:
    """Return the id of every job, sorted; 100,000 of them take about 0.1 s."""
    return sorted(connection.execute(select(batch_jobs.c.id)).scalars())


def backlogs(connection: Connection) -> dict[str, Backlog]:
    """Return the backlog of every channel that has one."""
    query = (
        select(notifications.c.channel, notifications.c.state, func.count().label("size"))
        .where(
            or_(
                notifications.c.state == "pending",
                # A reminder comes again by itself: one that was given up asks for nothing.
                and_(notifications.c.state == "dead", ~notifications.c.reminder),
            )
        )
        .group_by(notifications.c.channel, notifications.c.state)
    )
    sizes = {(row.channel, row.state): row.size for row in connection.execute(query)}
    return {
        channel: Backlog(
            pending=sizes.get((channel, "pending"), 0), dead=sizes.get((channel, "dead"), 0)
        )
        for channel, _ in sizes
    }


def _account_job(row: Row[Any]) -> AccountJob:
    """Take a row apart by position: with thousands of rows, looking up names is felt."""
    values = tuple(row)
    end = 2 + len(_JOB_FIELDS)
    record = JobRecord(
        job=BatchJob(**dict(zip(_JOB_FIELDS, values[2:end], strict=True))),
        announced=frozenset(values[1]),
        **dict(zip(_RECORD_FIELDS, values[end:], strict=True)),
    )
    return AccountJob(account=values[0], record=record)
