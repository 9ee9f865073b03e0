"""The progress of jobs over time, as forecasts need it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from batchbell.core.downsampling import KEPT_RUNNING
from batchbell.store.batches import in_batches
from batchbell.store.tables import progress_samples
from batchbell.store.upsert import insert

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Select, Subquery

    from batchbell.core.snapshot import ProgressSample

#: A forecast gets the latest samples all, of those before each tenth, and of a job polled every
#: second no more than its last half hour.
_SAMPLES_ALL_KEPT = 100
_SAMPLE_STRIDE = 10


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
    found: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for some in in_batches(job_ids):
        rows = connection.execute(_LATEST_OF_SEVERAL, {"account": account, "jobs": some}).all()
        for _, job, at, progress in rows:
            found[job].append((at, progress))
    return found


def latest_samples(
    connection: Connection, account: str, job_id: str
) -> list[tuple[datetime, float]]:
    """Return a job's progress over time as a forecast needs it: its samples, downsampled with age.

    However often a job is polled, a forecast reads some hundred rows.
    """
    wanted = {"account": account, "job": job_id}
    # All at once: row by row takes twice as long.
    rows = connection.execute(_LATEST_OF_ONE, wanted).all()
    return [(at, progress) for _, _, at, progress in rows]


def _thinned(samples: Subquery) -> Select[Any]:
    """Select each job's latest samples all, of those before each tenth, oldest first."""
    of_its_job = (samples.c.account, samples.c.job)
    back = func.row_number().over(partition_by=of_its_job, order_by=samples.c.at.desc())
    numbered = select(samples, back.label("back")).subquery()
    return (
        select(numbered.c.account, numbered.c.job, numbered.c.at, numbered.c.progress)
        .where(
            numbered.c.back <= KEPT_RUNNING,
            (numbered.c.back <= _SAMPLES_ALL_KEPT) | (numbered.c.back % _SAMPLE_STRIDE == 0),
        )
        .order_by(numbered.c.account, numbered.c.job, numbered.c.at)
    )


_LATEST_OF_SEVERAL = _thinned(
    select(progress_samples)
    .where(
        progress_samples.c.account == bindparam("account"),
        progress_samples.c.job.in_(bindparam("jobs", expanding=True)),
    )
    .subquery()
)
# Built once: putting it together takes longer than the database takes to answer.
_LATEST_OF_ONE = _thinned(
    select(progress_samples)
    .where(
        progress_samples.c.account == bindparam("account"),
        progress_samples.c.job == bindparam("job"),
    )
    .order_by(progress_samples.c.at.desc())
    .limit(KEPT_RUNNING)
    .subquery()
)
