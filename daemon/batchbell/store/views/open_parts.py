"""The jobs that ended lately, not as failures, of which something is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, and_, bindparam, exists, or_, select, type_coerce

from batchbell.core.event import ENDS, Severity
from batchbell.core.provider import JobState
from batchbell.core.results.job_results import ResultsState
from batchbell.core.standing.jobs import FAILURE_NEEDS_A_LOOK, end_severity
from batchbell.store import acks
from batchbell.store.job_conditions import FINISHED, STATE
from batchbell.store.tables import ENDED_AT, batch_jobs, events, results
from batchbell.store.types import Instant, instant_value
from batchbell.store.views.not_whole import JUDGED_BY, job_judged_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.store.views.not_whole import NotWhole

#: What becomes of the results of an end that is judged by itself.
_NOT_JUDGED = {ResultsState.WAITING.value, ResultsState.LOST.value}


def dated_parts(
    connection: Connection, now: datetime, not_whole: Iterable[NotWhole]
) -> list[tuple[int, tuple[str, str]]]:
    """Return when these jobs ended, epoch microseconds, and which they are, the last to end first.

    Not all came back of them, or not all of that is of use, or they were cancelled. One whose
    files are not read yet is none of them, nor is one that somebody has acknowledged, nor one that
    a first poll found ended: that is no news. `not_whole` are the ends counted since a job may need
    a look, `now` is on the API's clock.
    """
    since = now - FAILURE_NEEDS_A_LOOK
    found = dict(_bad_by_themselves(connection, since))
    for each in not_whole:
        found.pop(each.key, None)
        is_news = each.ended_at >= (instant_value(since) or 0)
        if is_news and each.seen_at is not None and _is_in_part(each):
            found[each.key] = each.ended_at
    acknowledged = acks.load_all(connection)
    return sorted(((at, key) for key, at in found.items() if key not in acknowledged), reverse=True)


def _is_in_part(end: NotWhole) -> bool:
    job = job_judged_by(end.judged_by)
    return end_severity(job, end.results) is Severity.WARNING


def _bad_by_themselves(
    connection: Connection, since: datetime
) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield account, id and end of those that are in part whatever came back."""
    for account, job_id, at, state, *judged_by in connection.execute(_BAD, {"since": since}):
        is_known = state not in _NOT_JUDGED
        if is_known and end_severity(job_judged_by(judged_by), None) is Severity.WARNING:
            yield (account, job_id), at


# Its unique key answers that: no row of the log is read.
_IS_TOLD = exists().where(
    events.c.account == batch_jobs.c.account,
    events.c.job == batch_jobs.c.id,
    events.c.kind.in_(sorted(ENDS)),
)
# Built once: putting it together takes longer than the database takes to answer.
_BAD = (
    select(
        batch_jobs.c.account,
        batch_jobs.c.id,
        type_coerce(ENDED_AT, BigInteger),
        results.c.state,
        *JUDGED_BY,
    )
    .select_from(batch_jobs)
    .outerjoin(
        results,
        and_(results.c.account == batch_jobs.c.account, results.c.job == batch_jobs.c.id),
    )
    .where(
        FINISHED,
        bindparam("since", type_=Instant) <= ENDED_AT,
        or_(STATE.in_([JobState.CANCELLED.value]), batch_jobs.c.error_file_id.is_not(None)),
        _IS_TOLD,
    )
)
