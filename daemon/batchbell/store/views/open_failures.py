"""The failures of jobs that nobody has acknowledged yet."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, bindparam, select, type_coerce

from batchbell.core.event import EventKind, Severity, severity_of
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.results.counts import Verdict
from batchbell.core.standing.jobs import FAILURE_NEEDS_A_LOOK, is_open_failure
from batchbell.store import acks
from batchbell.store.tables import batch_jobs, events, results
from batchbell.store.types import Instant, instant_of
from batchbell.store.views.results import results_in_brief

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.store.remembered_answers import Ask

_FAILURES = [kind.value for kind in EventKind if severity_of(kind) is Severity.FAILURE]


def open_failures(connection: Connection, now: datetime) -> list[tuple[str, str]]:
    """Return the ended jobs whose failure needs a look by account and id, the last to fail first.

    What a first poll found ended is no news: nothing was recorded of it. `now` is on the API's
    clock.
    """
    return [key for _, key, _ in _dated(connection, now)]


def open_failures_by(ask: Ask, now: datetime) -> dict[tuple[str, str], JobState]:
    """Return what the same jobs ended as, from what is remembered.

    That is what needed a look when this hour began, or since: only the time makes history of it
    until somebody commits.
    """
    dated = ask(_dated, now=now.replace(minute=0, second=0, microsecond=0))
    since = now - FAILURE_NEEDS_A_LOOK
    count = bisect(dated, 0, key=lambda each: int(instant_of(each[0]) < since))
    return {key: state for _, key, state in dated[:count]}


def _dated(connection: Connection, now: datetime) -> list[tuple[int, tuple[str, str], JobState]]:
    """Return when jobs that need a look failed last, epoch microseconds, and what they ended as.

    The last to fail comes first.
    """
    found: list[tuple[int, tuple[str, str], JobState]] = []
    unsure: dict[tuple[str, str], tuple[int, BatchJob]] = {}
    for job, is_acknowledged, failed in _failed_since(connection, now - FAILURE_NEEDS_A_LOOK):
        first = instant_of(min(failed.values()))
        if is_open_failure(job, now, failed_at=first, is_acknowledged=is_acknowledged):
            found.extend((failed_at, key, job.state) for key, failed_at in failed.items())
        elif not is_acknowledged:
            unsure |= {key: (failed_at, job) for key, failed_at in failed.items()}
    # Results make no end better than it is: those of thousands that failed are not asked for.
    known = results_in_brief(connection, ((key, job) for key, (_, job) in unsure.items()))
    for key, came_back in known.items():
        at, job = unsure[key]
        if is_open_failure(
            job, now, failed_at=instant_of(at), is_acknowledged=False, results=came_back
        ):
            found.append((at, key, job.state))
    return sorted(found, reverse=True)


def _failed_since(
    connection: Connection, since: datetime
) -> Iterator[tuple[BatchJob, bool, dict[tuple[str, str], int]]]:
    """Yield what jobs that failed since then are judged by, and when each of those last did.

    What they are judged by is what is known of them, and whether that was acknowledged: few sets
    of it differ, of thousands that fail in a day.
    """
    acknowledged = acks.load_all(connection)
    alike: dict[tuple[Any, ...], dict[tuple[str, str], int]] = defaultdict(dict)
    rows = [
        *connection.execute(_FAILED_SINCE, {"since": since}),
        *connection.execute(_WITHOUT_SUCCESS_SINCE, {"since": since}),
    ]
    for account, job_id, at, *known in rows:
        key = (account, job_id)
        failed = alike[(key in acknowledged, *known)]
        failed[key] = max(at, failed.get(key, at))
    for (is_acknowledged, status, meaning, has_output, has_errors), failed in alike.items():
        job = BatchJob(
            id="any",
            status=status,
            meaning=None if meaning is None else JobState(meaning),
            output_file_id="any" if has_output else None,
            error_file_id="any" if has_errors else None,
        )
        yield job, is_acknowledged, failed


_IS_JOB = and_(batch_jobs.c.account == events.c.account, batch_jobs.c.id == events.c.job)
_SINCE = bindparam("since", type_=Instant)
_JUDGED_BY = select(
    events.c.account,
    events.c.job,
    type_coerce(events.c.seen_at, BigInteger),
    batch_jobs.c.status,
    batch_jobs.c.meaning,
    batch_jobs.c.output_file_id.is_not(None),
    batch_jobs.c.error_file_id.is_not(None),
)
# Built once: putting it together takes longer than the database takes to answer. A job that failed
# several times comes as often, as to have the database put those together takes half as long again.
_FAILED_SINCE = _JUDGED_BY.join(batch_jobs, _IS_JOB).where(
    events.c.seen_at >= _SINCE, events.c.kind.in_(_FAILURES), events.c.job != ""
)
# No end is counted before it is seen. What was seen earlier is history, whoever asks.
_WITHOUT_SUCCESS_SINCE = (
    _JUDGED_BY.select_from(results)
    .join(
        events,
        and_(
            events.c.job == results.c.job,
            events.c.account == results.c.account,
            events.c.qualifier == results.c.end,
        ),
    )
    .join(batch_jobs, _IS_JOB)
    .where(results.c.counted_at >= _SINCE, results.c.verdict == Verdict.EMPTY.value)
)
