"""What `core` judges of a job, as SQL: so that of many thousand only the rows of a page are read.

A test runs both over the same rows. `batch_jobs.finished` is `BatchJob.finished`, written with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    or_,
    type_coerce,
)

from batchbell.core.event import Severity
from batchbell.core.provider import JobState
from batchbell.core.snapshot import END_MARK, VANISHED_MARK
from batchbell.core.standing.jobs import CLOSE_DEADLINE
from batchbell.store.tables import batch_jobs
from batchbell.store.types import Instant, instant_value

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

FINISHED: ColumnElement[bool] = batch_jobs.c.finished
RUNNING: ColumnElement[bool] = batch_jobs.c.finished.is_(False)

#: `BatchJob.state`; '' of a job without a status, which is in no state that we know.
STATE: ColumnElement[str] = func.coalesce(
    batch_jobs.c.meaning, batch_jobs.c.status, literal_column("''", Text)
)
_KNOWN_STATES = sorted(frozenset(JobState) - {JobState.UNKNOWN})

_ANNOUNCED = cast(batch_jobs.c.announced, Text)
_VANISHED = and_(batch_jobs.c.missed_polls > 0, _ANNOUNCED.contains(f'"{VANISHED_MARK}"'))
_WAS_ENDED = _ANNOUNCED.contains(f'"{END_MARK}')


_NOW = bindparam("now", type_=Instant)
_SOON = bindparam("soon", type_=Instant)


def at_risk(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Return what is true of jobs that stand `Reason.AT_RISK`."""
    return and_(RUNNING, batch_jobs.c.at_risk, batch_jobs.c.job_deadline > now, ~_WAS_ENDED)


def at(now: datetime) -> dict[str, datetime | int]:
    """Return the parameters of a statement with `SEVERITY`."""
    return {"now": now, "soon": now + CLOSE_DEADLINE, "twice": 2 * (instant_value(now) or 0)}


def _severity() -> ColumnElement[int]:
    close = batch_jobs.c.job_deadline <= _SOON
    unknown = STATE.not_in(_KNOWN_STATES)
    stalled = batch_jobs.c.stalled_since.is_not(None)
    is_odd = or_(close, at_risk(_NOW), _VANISHED, unknown, stalled, _is_unmoved_by_half())
    return case(
        (batch_jobs.c.job_deadline <= _NOW, Severity.FAILURE.value),
        (is_odd, Severity.WARNING.value),
        else_=Severity.INFO.value,
    )


def _is_unmoved_by_half() -> ColumnElement[bool]:
    """Return `core.forecast.beginning.is_unmoved_by_half` of a job whose deadline is ahead."""
    status_since, created = batch_jobs.c.status_since, batch_jobs.c.created_at
    was_seen_to_start = status_since > batch_jobs.c.first_seen_at
    begun = case(
        (or_(was_seen_to_start, created > status_since), status_since),
        else_=created,
    )
    gone_and_left = type_coerce(begun, BigInteger) + type_coerce(
        batch_jobs.c.job_deadline, BigInteger
    )
    return and_(
        STATE.in_([JobState.IN_PROGRESS]),
        batch_jobs.c.progress == 0,
        gone_and_left <= bindparam("twice", type_=BigInteger),
    )


#: `core.standing.jobs.job_standing(...).severity` of a job that has not finished.
SEVERITY = _severity()
