"""The snapshot: the rows of `batch_jobs`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import or_

from batchbell.core.snapshot import Snapshot
from batchbell.store.batches import in_batches
from batchbell.store.job_conditions import FINISHED, RUNNING
from batchbell.store.job_rows import JOB_FIELDS, RECORD_FIELDS, AccountJob, job_rows, read_jobs
from batchbell.store.tables import batch_jobs
from batchbell.store.upsert import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Select

    from batchbell.core.snapshot import JobRecord


def load_snapshot(
    connection: Connection, account: str, *, last_good_poll_at: datetime | None, only: str
) -> Snapshot:
    """Return the account's snapshot of one job alone."""
    query = job_rows().where(batch_jobs.c.account == account, batch_jobs.c.id == only)
    return _snapshot(connection, query, account, last_good_poll_at)


def load_for_listing(
    connection: Connection,
    account: str,
    *,
    last_good_poll_at: datetime | None,
    listed: Collection[str],
) -> Snapshot:
    """Return the account's snapshot as far as a listing of these ids can change it.

    Left out are the jobs that ended and are no longer listed, which was noted: of an account that
    was watched for long, most of them.
    """
    of_account = job_rows().where(batch_jobs.c.account == account)
    alive = or_(RUNNING, batch_jobs.c.missed_polls == 0)
    snapshot = _snapshot(connection, of_account.where(alive), account, last_good_poll_at)
    if last_good_poll_at is None:
        return snapshot
    # A job may be listed again.
    records = dict(snapshot.records)
    for some in in_batches(sorted(set(listed) - records.keys())):
        again = read_jobs(connection, of_account.where(batch_jobs.c.id.in_(some)))
        records |= {item.record.job.id: item.record for item in again}
    return replace(snapshot, records=records)


def load_unfinished(
    connection: Connection, account: str, *, last_good_poll_at: datetime | None
) -> Snapshot:
    """Return the snapshot without the jobs that have ended; takes as long as the others are many.

    Its own index finds the fifty that run among a hundred thousand that don't.
    """
    query = job_rows().where(batch_jobs.c.account == account, RUNNING)
    return _snapshot(connection, query, account, last_good_poll_at)


def save(connection: Connection, account: str, records: Sequence[JobRecord]) -> None:
    """Write records; the account has a row."""
    for some in in_batches(records):
        upsert(connection, batch_jobs, [_values(account, record) for record in some])


def one(connection: Connection, account: str, job_id: str) -> AccountJob | None:
    """Return the job of just this id; None if there is none."""
    query = job_rows().where(batch_jobs.c.account == account, batch_jobs.c.id == job_id)
    return next(read_jobs(connection, query), None)


def find(
    connection: Connection, prefix: str, *, account: str | None = None, limit: int = 20
) -> list[AccountJob]:
    """Return the jobs whose id is, or begins with, `prefix`; an exact id wins over prefixes."""
    query = job_rows().where(batch_jobs.c.id.startswith(prefix, autoescape=True))
    if account is not None:
        query = query.where(batch_jobs.c.account == account)
    query = query.order_by(batch_jobs.c.id != prefix, batch_jobs.c.id, batch_jobs.c.account)
    found = list(read_jobs(connection, query.limit(limit)))
    exact = [item for item in found if item.record.job.id == prefix]
    return exact or found


def beginning(connection: Connection, prefix: str, *, limit: int) -> list[AccountJob]:
    """Return the first `limit` jobs whose ids begin so, those that have not ended first."""
    query = job_rows().where(batch_jobs.c.id.startswith(prefix, autoescape=True))
    query = query.order_by(FINISHED, batch_jobs.c.id, batch_jobs.c.account)
    return list(read_jobs(connection, query.limit(limit)))


def listed(connection: Connection) -> list[AccountJob]:
    """Return every job, unfinished first, then the youngest first."""
    return sorted(
        read_jobs(connection, job_rows()),
        key=lambda item: (
            item.record.job.finished,
            -(item.record.job.created_at or item.record.first_seen_at).timestamp(),
            item.record.job.id,
        ),
    )


def _snapshot(
    connection: Connection, query: Select[Any], account: str, last_good_poll_at: datetime | None
) -> Snapshot:
    records = (item.record for item in read_jobs(connection, query))
    return Snapshot(
        account=account,
        last_good_poll_at=last_good_poll_at,
        records={record.job.id: record for record in records},
    )


def _values(account: str, record: JobRecord) -> dict[str, Any]:
    return {
        "account": account,
        **{name: getattr(record.job, name) for name in JOB_FIELDS},
        **{name: getattr(record, name) for name in RECORD_FIELDS},
        "announced": sorted(record.announced),
        "finished": record.job.finished,
    }
