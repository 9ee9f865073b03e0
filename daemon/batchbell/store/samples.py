"""The progress of jobs over time, as forecasts need it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, select

from batchbell.core.downsampling import KEPT_RUNNING
from batchbell.store.job_conditions import RUNNING
from batchbell.store.tables import batch_jobs, progress_samples

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Connection, Select, Subquery

#: A forecast gets the latest samples all, of those before each tenth, and of a job polled every
#: second no more than its last half hour.
_SAMPLES_ALL_KEPT = 100
_SAMPLE_STRIDE = 10

#: Jobs that are read one by one; who asks for more gets those of all that run in one query.
ONE_BY_ONE = 100


class Samples:
    """Reads the samples of jobs within one transaction, each when it is asked for."""

    def __init__(self, connection: Connection) -> None:
        """Read nothing yet."""
        self._connection = connection
        self._asked = 0
        self._of_all: dict[tuple[str, str], list[tuple[datetime, float]]] | None = None

    def of(self, account: str, job_id: str) -> list[tuple[datetime, float]]:
        """Return a running job's samples, as `latest_samples` does."""
        self._asked += 1
        if self._asked <= ONE_BY_ONE:
            return latest_samples(self._connection, account, job_id)
        if self._of_all is None:
            self._of_all = latest_samples_of_running(self._connection)
        return self._of_all.get((account, job_id), [])


def latest_samples(
    connection: Connection, account: str, job_id: str
) -> list[tuple[datetime, float]]:
    """Return a job's progress over time as a forecast needs it: its samples, thinned with age.

    However often a job is polled, a forecast reads some hundred rows.
    """
    wanted = {"account": account, "job": job_id}
    # All at once: row by row takes twice as long.
    rows = connection.execute(_LATEST_OF_ONE, wanted).all()
    return [(at, progress) for _, _, at, progress in rows]


def latest_samples_of_running(
    connection: Connection,
) -> dict[tuple[str, str], list[tuple[datetime, float]]]:
    """Return the same for every job that has not ended, by account and id, in one query."""
    running = select(progress_samples).join(batch_jobs, _is_its_job()).where(RUNNING).subquery()
    found: dict[tuple[str, str], list[tuple[datetime, float]]] = defaultdict(list)
    for row in connection.execute(_thinned(running)):
        found[row.account, row.job].append((row.at, row.progress))
    return found


def _is_its_job() -> ColumnElement[bool]:
    return and_(
        batch_jobs.c.account == progress_samples.c.account,
        batch_jobs.c.id == progress_samples.c.job,
    )


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
