"""The snapshot: the rows of `batch_jobs`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, not_, or_, select, update

from batchbell.core.snapshot import Snapshot
from batchbell.store.batches import in_batches
from batchbell.store.job_conditions import FINISHED, RUNNING
from batchbell.store.job_rows import (
    JOB_FIELDS,
    AccountJob,
    field_columns,
    job_columns,
    job_rows,
    read_jobs,
)
from batchbell.store.tables import batch_jobs, files
from batchbell.store.upsert import upsert_columns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import BindParameter, Connection, Select

    from batchbell.core.snapshot import JobRecord, RecordsAlike


def load_snapshot(
    connection: Connection, account: str, *, last_good_poll_at: datetime | None, only: str
) -> Snapshot:
    """Return the account's snapshot of one job alone."""
    query = job_rows().where(batch_jobs.c.account == account, batch_jobs.c.id == only)
    return _snapshot(read_jobs(connection, query), account, last_good_poll_at)


def load_some(connection: Connection, account: str, ids: Collection[str]) -> dict[str, JobRecord]:
    """Return the account's records of these jobs by id, as far as there are any."""
    records: dict[str, JobRecord] = {}
    for some in in_batches(ids):
        wanted = {"account": account, "ids": some}
        found = (item.record for item in read_jobs(connection, _of_ids(), wanted))
        records |= {record.job.id: record for record in found}
    return records


def unlisted(connection: Connection, account: str, listed: Collection[str]) -> list[str]:
    """Return the ids of the jobs that a listing of these ids leaves out, and that this concerns.

    It does not concern jobs that ended and of which it was noted before. Takes as long as the
    account has jobs.
    """
    concerned = or_(RUNNING, batch_jobs.c.missed_polls == 0)
    query = select(batch_jobs.c.id).where(batch_jobs.c.account == account, concerned)
    found = connection.execute(query.execution_options(yield_per=1_000)).scalars()
    return [job_id for job_id in found if job_id not in listed]


def note_seen(connection: Connection, account: str, *, now: datetime, before: datetime) -> None:
    """Note that the jobs that ended, and were last seen before some time, are listed now too.

    Of those that are not it has been noted by then. A time in the future is a stepped clock's.
    """
    wanted = (
        batch_jobs.c.account == account,
        not_(RUNNING),
        batch_jobs.c.missed_polls == 0,
        or_(batch_jobs.c.last_seen_at < before, batch_jobs.c.last_seen_at > now),
    )
    connection.execute(update(batch_jobs).where(*wanted).values(last_seen_at=now))


def load_unfinished(
    connection: Connection, account: str, *, last_good_poll_at: datetime | None
) -> Snapshot:
    """Return the snapshot without the jobs that have ended; takes as long as the others are many.

    Its own index finds the fifty that run among a hundred thousand that don't.
    """
    found = read_jobs(connection, _unfinished(), {"account": account})
    return _snapshot(found, account, last_good_poll_at)


def save(
    connection: Connection,
    account: str,
    records: Sequence[JobRecord],
    alike: Sequence[RecordsAlike] = (),
) -> None:
    """Write records; the account has a row."""
    for some in in_batches(records):
        upsert_columns(connection, batch_jobs, job_columns(account, some))
    for each in alike:
        of_first = job_columns(account, [each.record])
        same = {name: value for name, (value,) in of_first.items() if name not in JOB_FIELDS}
        # Not in batches: they are those of one part of a listing.
        upsert_columns(connection, batch_jobs, field_columns(each.jobs), same)


def one(connection: Connection, account: str, job_id: str) -> AccountJob | None:
    """Return the job of just this id; None if there is none."""
    query = job_rows().where(batch_jobs.c.account == account, batch_jobs.c.id == job_id)
    # Read to its end: a server would keep the rest open.
    found = list(read_jobs(connection, query))
    return found[0] if found else None


def find(
    connection: Connection, prefix: str, *, account: str | None = None, limit: int = 20
) -> list[AccountJob]:
    """Return the jobs whose id is, or begins with, `prefix`; an exact id wins over prefixes."""
    query = job_rows().where(batch_jobs.c.id.istartswith(prefix, autoescape=True))
    if account is not None:
        query = query.where(batch_jobs.c.account == account)
    query = query.order_by(batch_jobs.c.id != prefix, batch_jobs.c.id, batch_jobs.c.account)
    found = list(read_jobs(connection, query.limit(limit)))
    exact = [item for item in found if item.record.job.id == prefix]
    return exact or found


def with_input(
    connection: Connection, names: Iterable[str], *, account: str | None = None, limit: int = 20
) -> list[AccountJob]:
    """Return the jobs whose input file has one of these names, those that have not ended first."""
    is_its_file = (files.c.account == batch_jobs.c.account) & (
        files.c.id == batch_jobs.c.input_file_id
    )
    query = job_rows().join(files, is_its_file).where(files.c.filename.in_([*names]))
    if account is not None:
        query = query.where(batch_jobs.c.account == account)
    query = query.order_by(FINISHED, batch_jobs.c.id, batch_jobs.c.account)
    return list(read_jobs(connection, query.limit(limit)))


def beginning(connection: Connection, prefix: str, *, limit: int) -> list[AccountJob]:
    """Return the first `limit` jobs whose ids begin so, those that have not ended first."""
    query = job_rows().where(batch_jobs.c.id.istartswith(prefix, autoescape=True))
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


# Put together once: that takes longer than the database takes to answer.
@cache
def _unfinished() -> Select[Any]:
    return job_rows().where(batch_jobs.c.account == bindparam("account"), RUNNING)


@cache
def _of_ids() -> Select[Any]:
    ids: BindParameter[str] = bindparam("ids", expanding=True)
    return job_rows().where(batch_jobs.c.account == bindparam("account"), batch_jobs.c.id.in_(ids))


def _snapshot(
    found: Iterable[AccountJob], account: str, last_good_poll_at: datetime | None
) -> Snapshot:
    records = (item.record for item in found)
    return Snapshot(
        account=account,
        last_good_poll_at=last_good_poll_at,
        records={record.job.id: record for record in records},
    )
