"""The failures of jobs that nobody has acknowledged yet."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, bindparam, func, select, type_coerce

from batchbell.core.event import EventKind, Severity, severity_of
from batchbell.core.results.counts import Verdict
from batchbell.core.standing.jobs import FAILURE_NEEDS_A_LOOK, is_open_failure
from batchbell.store import acks, job_keys
from batchbell.store.tables import ENDED_BADLY, batch_jobs, events
from batchbell.store.types import Instant, instant_of
from batchbell.store.views.not_whole import JUDGED_BY, job_judged_by
from batchbell.store.views.results import results_in_brief

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.job import BatchJob
    from batchbell.core.results.job_results import JobResults
    from batchbell.store.views.not_whole import NotWhole

_FAILURES = [kind.value for kind in EventKind if severity_of(kind) is Severity.FAILURE]


def dated_failures(
    connection: Connection, now: datetime, not_whole: Iterable[NotWhole]
) -> list[tuple[int, tuple[str, str]]]:
    """Return when jobs whose failure needs a look failed, epoch microseconds, and which they are.

    The last to fail comes first. What a first poll found ended is no news: nothing was recorded of
    it. `not_whole` are the ends counted since they may need a look, `now` is on the API's clock.
    """
    found: list[tuple[int, tuple[str, str]]] = []
    unsure: dict[tuple[str, str], tuple[int, BatchJob]] = {}
    acknowledged = acks.load_all(connection)
    for job, failed in _failed_since(connection, now - FAILURE_NEEDS_A_LOOK, not_whole):
        for key in acknowledged.keys() & failed.keys():
            del failed[key]
        if failed and _is_open(job, now, min(failed.values())):
            found.extend((failed_at, key) for key, failed_at in failed.items())
        else:
            unsure |= {key: (failed_at, job) for key, failed_at in failed.items()}
    # Results make no end better than it is: those of thousands that failed are not asked for.
    known = results_in_brief(connection, ((key, job) for key, (_, job) in unsure.items()))
    for key, came_back in known.items():
        at, job = unsure[key]
        if _is_open(job, now, at, came_back):
            found.append((at, key))
    return sorted(found, reverse=True)


def _is_open(job: BatchJob, now: datetime, at: int, results: JobResults | None = None) -> bool:
    """Whether a failure needs a look that nobody acknowledged, seen at epoch microseconds."""
    seen_at = instant_of(at)
    return is_open_failure(job, now, failed_at=seen_at, is_acknowledged=False, results=results)


def _failed_since(
    connection: Connection, since: datetime, not_whole: Iterable[NotWhole]
) -> Iterator[tuple[BatchJob, dict[tuple[str, str], int]]]:
    """Yield what jobs that failed since then are judged by, and when each of those last did.

    Few sets of what is known of them differ, of thousands that fail in a day.
    """
    alike = _alike(connection, since)
    # No end is counted before it is seen. What was seen earlier is history, whoever asks.
    for each in not_whole:
        if each.results.verdict is Verdict.EMPTY and each.seen_at is not None:
            failed = alike[each.judged_by]
            failed[each.key] = max(each.seen_at, failed.get(each.key, each.seen_at))
    for known, failed in alike.items():
        yield job_judged_by(known), failed


def _alike(
    connection: Connection, since: datetime
) -> dict[tuple[Any, ...], dict[tuple[str, str], int]]:
    """Return when jobs failed since then, by what they are judged by (`JUDGED_BY`).

    Of those that ended badly, nearly all, an index knows it: their rows are not read, and of their
    files, which don't matter, nothing is said.
    """
    alike: dict[tuple[Any, ...], dict[tuple[str, str], int]] = defaultdict(dict)
    # All at once: to fetch them one by one takes a quarter longer.
    found = connection.execute(_FAILED_SINCE, {"since": since}).all()
    for account, job_id, at, status, meaning in found:
        failed, key = alike[status, meaning, False, False], (account, job_id)
        if at > failed.get(key, 0):
            failed[key] = at
    others = alike.pop(_NOT_IN_INDEX, {})
    for theirs in job_keys.conditions(others, batch_jobs.c.account, batch_jobs.c.id):
        for account, job_id, *known in connection.execute(_JUDGED.where(theirs)):
            alike[tuple(known)][account, job_id] = others[account, job_id]
    return alike


#: What `_FAILED_SINCE` knows of a job that did not end badly: its row has to be read.
_NOT_IN_INDEX = (None, None, False, False)
_SINCE = bindparam("since", type_=Instant)
_SEEN_AT = type_coerce(events.c.seen_at, BigInteger)
_JUDGED = select(batch_jobs.c.account, batch_jobs.c.id, *JUDGED_BY)
# A job that failed several times comes as often, as to have the database put those together takes
# half as long again. Its account is asked for in a way that keeps SQLite from taking the key.
_FAILED_SINCE = (
    select(events.c.account, events.c.job, _SEEN_AT, batch_jobs.c.status, batch_jobs.c.meaning)
    .select_from(events)
    .outerjoin(
        batch_jobs,
        and_(
            batch_jobs.c.id == events.c.job,
            func.coalesce(batch_jobs.c.account, "") == events.c.account,
            ENDED_BADLY,
        ),
    )
    .where(events.c.seen_at >= _SINCE, events.c.kind.in_(_FAILURES), events.c.job != "")
)
