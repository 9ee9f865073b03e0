"""The failures of jobs that nobody has acknowledged yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from batchbell.core.event import EventKind, Severity, severity_of
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.standing import FAILURE_NEEDS_A_LOOK, is_open_failure
from batchbell.store import acks
from batchbell.store.tables import batch_jobs, events
from batchbell.store.views.results import results_in_brief

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row

_FAILURES = [kind.value for kind in EventKind if severity_of(kind) is Severity.FAILURE]


def open_failures(connection: Connection, now: datetime) -> list[tuple[str, str]]:
    """Return the ended jobs whose failure needs a look by account and id, the last to fail first.

    What a first poll found ended is no news: nothing was recorded of it. `now` is on the API's
    clock.
    """
    failed = _failed_since(connection, now - FAILURE_NEEDS_A_LOOK)
    acknowledged = acks.load_all(connection)
    known = results_in_brief(connection, ((account, job) for account, job, _ in failed))
    still_open = [
        (failed_at, (account, job.id))
        for account, job, failed_at in failed
        if is_open_failure(
            job,
            now,
            failed_at=failed_at,
            is_acknowledged=(account, job.id) in acknowledged,
            results=known.get((account, job.id)),
        )
    ]
    return [key for _, key in sorted(still_open, reverse=True)]


def _failed_since(connection: Connection, since: datetime) -> list[tuple[str, BatchJob, datetime]]:
    """Return what can be judged of each job that failed since then, and when it last did."""
    failed = (
        select(events.c.account, events.c.job, func.max(events.c.seen_at).label("failed_at"))
        .where(events.c.seen_at >= since, events.c.kind.in_(_FAILURES), events.c.job != "")
        .group_by(events.c.account, events.c.job)
        .subquery()
    )
    its_job = and_(batch_jobs.c.account == failed.c.account, batch_jobs.c.id == failed.c.job)
    # Of hundreds a day no more is read than they are judged by.
    query = select(
        failed,
        batch_jobs.c.status,
        batch_jobs.c.meaning,
        batch_jobs.c.output_file_id,
        batch_jobs.c.error_file_id,
    ).join(batch_jobs, its_job)
    return [(row.account, _job(row), row.failed_at) for row in connection.execute(query)]


def _job(row: Row[Any]) -> BatchJob:
    return BatchJob(
        id=row.job,
        status=row.status,
        meaning=None if row.meaning is None else JobState(row.meaning),
        output_file_id=row.output_file_id,
        error_file_id=row.error_file_id,
    )
