"""The progress of jobs over time, as forecasts need it."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, select, type_coerce

from batchbell.core.downsampling import KEPT_RUNNING
from batchbell.store.batches import in_batches
from batchbell.store.tables import progress_samples
from batchbell.store.types import instant_of
from batchbell.store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.snapshot import ProgressSample

#: A forecast gets the latest samples all, of those before each tenth, and of a job polled every
#: second no more than its last half hour.
_SAMPLES_ALL_KEPT = 100
_SAMPLE_STRIDE = 10
#: Rows fetched at once.
_AT_ONCE = 1_000


def save(connection: Connection, account: str, samples: Iterable[ProgressSample]) -> None:
    """Write samples of jobs that have rows; of two at one time the first stays."""
    rows = [
        {"account": account, "job": each.job_id, "at": each.at, "progress": each.progress}
        for each in samples
    ]
    if rows:
        connection.execute(insert(connection, progress_samples).on_conflict_do_nothing(), rows)


def latest_samples_of(
    connection: Connection, account: str, job_ids: Iterable[str]
) -> dict[str, list[tuple[datetime, float]]]:
    """Return the samples of several jobs, as `latest_samples` does, by job id."""
    found: dict[str, list[tuple[datetime, float]]] = {}
    for some in in_batches(job_ids):
        rows = connection.execute(_OF_SEVERAL, {"account": account, "jobs": some})
        for job_id, of_job in groupby(rows, key=itemgetter(0)):
            found[job_id] = _thinned([(at, progress) for _, at, progress in of_job])
    return found


def latest_samples(
    connection: Connection, account: str, job_id: str
) -> list[tuple[datetime, float]]:
    """Return a job's progress over time as a forecast needs it: its samples, downsampled with age.

    However often a job is polled, a forecast reads some hundred rows.
    """
    return latest_samples_of(connection, account, [job_id]).get(job_id, [])


def _thinned(samples: Sequence[tuple[int, float]]) -> list[tuple[datetime, float]]:
    """Return a job's latest samples all, of those before each tenth, oldest first.

    To have the database number them takes longer than to read them all.
    """
    latest = samples[-KEPT_RUNNING:]
    return [
        (instant_of(at), progress)
        for back, (at, progress) in zip(range(len(latest), 0, -1), latest, strict=True)
        if back <= _SAMPLES_ALL_KEPT or back % _SAMPLE_STRIDE == 0
    ]


# Built once: putting it together takes longer than the database takes to answer.
_OF_SEVERAL = (
    select(
        progress_samples.c.job,
        type_coerce(progress_samples.c.at, BigInteger),
        progress_samples.c.progress,
    )
    .where(
        progress_samples.c.account == bindparam("account"),
        progress_samples.c.job.in_(bindparam("jobs", expanding=True)),
    )
    .order_by(progress_samples.c.job, progress_samples.c.at)
    .execution_options(yield_per=_AT_ONCE)
)
