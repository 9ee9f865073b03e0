"""Which jobs' failures and ends somebody has acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from batchbell.store import job_keys
from batchbell.store.tables import acks
from batchbell.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection


def load_all(connection: Connection) -> dict[tuple[str, str], datetime]:
    """Return when each (account, job) was acknowledged; a newer failure or end ends that."""
    return {(row.account, row.job): row.acked_at for row in connection.execute(select(acks))}


def of_job(connection: Connection, account: str, job_id: str) -> datetime | None:
    """Return when the job's latest failure or end was acknowledged; None if it was not."""
    query = select(acks.c.acked_at).where(acks.c.account == account, acks.c.job == job_id)
    return connection.execute(query).scalar_one_or_none()


def of_jobs(
    connection: Connection, jobs: Collection[tuple[str, str]]
) -> dict[tuple[str, str], datetime]:
    """Return when each of these (account, job) was acknowledged, of those that were."""
    return {
        (row.account, row.job): row.acked_at
        for theirs in job_keys.conditions(jobs, acks.c.account, acks.c.job)
        for row in connection.execute(select(acks).where(theirs))
    }


def save(
    connection: Connection, account: str, job_id: str, *, event_id: int, now: datetime
) -> None:
    """Write that a job's failure or end, and all before it, is acknowledged."""
    row = {"account": account, "job": job_id, "event_id": event_id, "acked_at": now}
    upsert(connection, acks, [row])


def forget(connection: Connection, jobs: Collection[tuple[str, str]]) -> None:
    """Forget the acknowledgements of these (account, job): they failed anew, or ended."""
    for theirs in job_keys.conditions(jobs, acks.c.account, acks.c.job):
        connection.execute(delete(acks).where(theirs))
