"""The failures of jobs that nobody has acknowledged yet."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, select

from batchbell.core.event import EventKind, Severity, severity_of
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.standing.jobs import FAILURE_NEEDS_A_LOOK, is_open_failure
from batchbell.store import acks
from batchbell.store.tables import batch_jobs, events
from batchbell.store.types import Instant
from batchbell.store.views.results import results_in_brief

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_FAILURES = [kind.value for kind in EventKind if severity_of(kind) is Severity.FAILURE]
#: Sets of what jobs are judged by; few differ.
_MOST_ALIKE = 256


def open_failures(connection: Connection, now: datetime) -> list[tuple[str, str]]:
    """Return the ended jobs whose failure needs a look by account and id, the last to fail first.

    What a first poll found ended is no news: nothing was recorded of it. `now` is on the API's
    clock.
    """
    failed = _failed_since(connection, now - FAILURE_NEEDS_A_LOOK)
    acknowledged = acks.load_all(connection)
    known = results_in_brief(connection, ((key, job) for key, job, _ in failed))
    still_open = [
        (failed_at, key)
        for key, job, failed_at in failed
        if is_open_failure(
            job,
            now,
            failed_at=failed_at,
            is_acknowledged=key in acknowledged,
            results=known.get(key),
        )
    ]
    return [key for _, key in sorted(still_open, reverse=True)]


def _failed_since(
    connection: Connection, since: datetime
) -> list[tuple[tuple[str, str], BatchJob, datetime]]:
    """Return each job that failed since then, what it is judged by, and when it last failed."""
    rows = connection.execute(_FAILED_SINCE, {"since": since}).all()
    return [
        ((account, job_id), _job_like(status, meaning, output is None, errors is None), failed_at)
        for account, job_id, failed_at, status, meaning, output, errors in rows
    ]


@lru_cache(_MOST_ALIKE)
def _job_like(
    status: str | None,
    meaning: str | None,
    without_output: bool,  # noqa: FBT001 - part of what the cache goes by
    without_errors: bool,  # noqa: FBT001
) -> BatchJob:
    """Return a job that is judged as all are that have this in common: thousands may fail a day."""
    return BatchJob(
        id="any",
        status=status,
        meaning=None if meaning is None else JobState(meaning),
        output_file_id=None if without_output else "any",
        error_file_id=None if without_errors else "any",
    )


_FAILED = (
    select(events.c.account, events.c.job, func.max(events.c.seen_at).label("failed_at"))
    .where(
        events.c.seen_at >= bindparam("since", type_=Instant),
        events.c.kind.in_(_FAILURES),
        events.c.job != "",
    )
    .group_by(events.c.account, events.c.job)
    .subquery()
)
# Built once: putting it together takes longer than the database takes to answer.
_FAILED_SINCE = select(
    _FAILED,
    batch_jobs.c.status,
    batch_jobs.c.meaning,
    batch_jobs.c.output_file_id,
    batch_jobs.c.error_file_id,
).join(
    batch_jobs,
    and_(batch_jobs.c.account == _FAILED.c.account, batch_jobs.c.id == _FAILED.c.job),
)
