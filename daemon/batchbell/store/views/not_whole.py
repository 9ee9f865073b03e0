"""The ends whose results were counted lately, and are not whole: one question for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    and_,
    bindparam,
    case,
    false,
    func,
    null,
    or_,
    select,
    true,
    type_coerce,
)

from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.results.counts import Verdict
from batchbell.store.tables import ENDED_AT, batch_jobs, events, results
from batchbell.store.types import Instant
from batchbell.store.views.results import BRIEF, read_brief

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from batchbell.core.results.job_results import JobResults


#: What of its row a job is judged by.
JUDGED_BY = (
    batch_jobs.c.status,
    batch_jobs.c.meaning,
    batch_jobs.c.output_file_id.is_not(None),
    batch_jobs.c.error_file_id.is_not(None),
)


class NotWhole(NamedTuple):
    """An end of which not all came back, or not all is of use."""

    account: str
    job_id: str
    #: The values of `JUDGED_BY`.
    judged_by: tuple[Any, ...]
    results: JobResults
    #: Epoch microseconds.
    ended_at: int
    #: When the event of the end was seen, epoch microseconds; None if there is none.
    seen_at: int | None

    @property
    def key(self) -> tuple[str, str]:
        """Account and id."""
        return self.account, self.job_id


def job_judged_by(values: Sequence[Any]) -> BatchJob:
    """Return a job as its `JUDGED_BY` says."""
    status, meaning, has_output, has_errors = values
    return BatchJob(
        id="any",
        status=status,
        meaning=None if meaning is None else JobState(meaning),
        output_file_id="any" if has_output else None,
        error_file_id="any" if has_errors else None,
    )


def not_whole_since(connection: Connection, since: datetime) -> Iterator[NotWhole]:
    """Yield those counted since then; one whose end several events tell of comes as often."""
    for row in connection.execute(_NOT_WHOLE, {"since": since}):
        account, ended_at, seen_at, *values = tuple(row)
        judged_by = tuple(values[: len(JUDGED_BY)])
        known = read_brief(account, values[len(JUDGED_BY) :])
        if known.is_of(job_judged_by(judged_by)):
            yield NotWhole(account, known.job_id, judged_by, known, ended_at, seen_at)


_AMISS: tuple[ColumnElement[int], ...] = tuple(
    results.c[name]
    for name in ("missing", "duplicated", "foreign", "unreadable", "empty", "truncated")
)
# Of results that were counted, or lost.
_IS_AMISS = or_(results.c.verdict.not_in([Verdict.COMPLETE.value]), *(each > 0 for each in _AMISS))
#: Whether all came back of a job, and all is of use; NULL of one of which nobody knows.
IS_WHOLE = case(
    (func.coalesce(results.c.verdict, Verdict.UNKNOWN.value) == Verdict.UNKNOWN.value, null()),
    (_IS_AMISS, false()),
    else_=true(),
)
# Of ten thousand ends nearly all are whole: the database leaves those out. It is not asked for jobs
# that have finished, though they have: SQLite would begin with those, and with 100,000 of them take
# a quarter of a second. Built once: putting it together takes longer than the database takes.
_NOT_WHOLE = (
    select(
        results.c.account,
        type_coerce(ENDED_AT, BigInteger),
        type_coerce(events.c.seen_at, BigInteger),
        *JUDGED_BY,
        *BRIEF,
    )
    .select_from(results)
    .join(
        batch_jobs,
        and_(batch_jobs.c.account == results.c.account, batch_jobs.c.id == results.c.job),
    )
    .outerjoin(
        events,
        and_(
            events.c.job == results.c.job,
            events.c.account == results.c.account,
            events.c.qualifier == results.c.end,
        ),
    )
    .where(
        results.c.counted_at >= bindparam("since", type_=Instant),
        _IS_AMISS,
    )
)
