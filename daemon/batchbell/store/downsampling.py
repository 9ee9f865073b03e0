"""Jobs with more progress samples than anything needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, select
from sqlalchemy import delete as delete_rows

from batchbell.core.downsampling import ENDED_AFTER, KEPT_ENDED, KEPT_OLD, KEPT_RUNNING, OLD_AFTER
from batchbell.store.batches import in_batches
from batchbell.store.job_conditions import FINISHED, RUNNING
from batchbell.store.tables import ENDED_AT, batch_jobs, progress_samples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversampled:
    """A job with too many samples, and how many of its samples may stay."""

    account: str
    job: str
    is_running: bool
    keep: int


def oversampled(connection: Connection, now: datetime) -> list[Oversampled]:
    """Return the jobs that have more samples than may stay; reads the index of all samples."""
    keep = case(
        (RUNNING | (now - ENDED_AFTER < ENDED_AT), KEPT_RUNNING),
        (now - OLD_AFTER < ENDED_AT, KEPT_ENDED),
        else_=KEPT_OLD,
    )
    counted = (
        select(progress_samples.c.account, progress_samples.c.job, func.count().label("samples"))
        .group_by(progress_samples.c.account, progress_samples.c.job)
        .subquery()
    )
    of_its_job = and_(batch_jobs.c.account == counted.c.account, batch_jobs.c.id == counted.c.job)
    query = (
        select(counted.c.account, counted.c.job, FINISHED, keep.label("keep"))
        .join(batch_jobs, of_its_job)
        .where(counted.c.samples > keep)
    )
    return [
        Oversampled(account=row.account, job=row.job, is_running=not row.finished, keep=row.keep)
        for row in connection.execute(query)
    ]


def times(connection: Connection, job: Oversampled) -> list[datetime]:
    """Return when the job's samples were taken, oldest first."""
    query = select(progress_samples.c.at).where(
        progress_samples.c.account == job.account, progress_samples.c.job == job.job
    )
    return list(connection.execute(query.order_by(progress_samples.c.at)).scalars())


def delete(connection: Connection, job: Oversampled, going: Sequence[datetime]) -> int:
    """Delete the job's samples of these times; return how many."""
    for some in in_batches(going):
        connection.execute(
            delete_rows(progress_samples).where(
                progress_samples.c.account == job.account,
                progress_samples.c.job == job.job,
                progress_samples.c.at.in_(some),
            )
        )
    return len(going)
