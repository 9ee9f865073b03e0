"""All jobs there are, part by part; most have ended, and are left as they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.store import acks, files, mutes
from batchbell.store.job_conditions import FINISHED
from batchbell.store.job_rows import AT_ONCE, JOB_FIELDS, RECORD_FIELDS, job_reader, job_rows
from batchbell.store.tables import batch_jobs
from batchbell.store.views.results import results_in_brief
from batchbell.store.views.status import SeenJobs, seen_jobs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection

    from batchbell.core.mute import Mute
    from batchbell.core.results.job_results import JobResults

#: The columns of a row.
_COLUMNS = ("account", "announced", *JOB_FIELDS, *RECORD_FIELDS, "finished")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedJobs:
    """Jobs that have ended, with all that is known of them: nothing is made of a hundred thousand.

    Each sequence has something of each job, in the same order.
    """

    #: What is stored, by the column.
    columns: Mapping[str, Sequence[Any]]
    #: The jobs as far as their end is judged by it.
    jobs: Sequence[BatchJob]
    input_files: Sequence[str]
    acknowledged_at: Sequence[datetime | None]
    results: Sequence[JobResults | None]
    #: The mutes in force.
    mutes: Sequence[Mute]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsPart:
    """Some jobs in a row."""

    #: Of which each has ended.
    finished: Sequence[bool]
    #: Those that have, and the others.
    ended: EndedJobs
    others: SeenJobs


def every_job(connection: Connection, now: datetime) -> Iterator[JobsPart]:
    """Yield all jobs by account and id, part by part, with what is known of them.

    The parts are small, however many jobs there are. `now` is on the API's clock.
    """
    muted, acknowledged = mutes.load(connection, now), acks.load_all(connection)
    query = job_rows().add_columns(FINISHED)
    query = query.order_by(batch_jobs.c.account, batch_jobs.c.id)
    read = job_reader()
    found = connection.execute(query.execution_options(yield_per=AT_ONCE))
    for rows in found.partitions():
        others = list(read([row[:-1] for row in rows if not row[-1]]))
        ended = [row for row in rows if row[-1]]
        yield JobsPart(
            finished=[bool(row[-1]) for row in rows],
            ended=_ended(connection, ended, muted, acknowledged, now),
            others=seen_jobs(connection, others, now),
        )


def _ended(
    connection: Connection,
    rows: Sequence[Sequence[Any]],
    muted: Sequence[Mute],
    acknowledged: Mapping[tuple[str, str], datetime],
    now: datetime,
) -> EndedJobs:
    values = zip(*rows, strict=True) if rows else [()] * len(_COLUMNS)
    columns = dict(zip(_COLUMNS, values, strict=True))
    accounts, ids = columns["account"], columns["id"]
    used = [*zip(accounts, columns["input_file_id"], strict=True)]
    names = files.names_of(connection, used)
    jobs = _jobs(columns)
    keys = [*zip(accounts, ids, strict=True)]
    known = results_in_brief(connection, zip(keys, jobs, strict=True))
    return EndedJobs(
        columns=columns,
        jobs=jobs,
        input_files=[names.get((account, file_id or ""), "") for account, file_id in used],
        acknowledged_at=[acknowledged.get(key) for key in keys],
        results=[known.get(key) for key in keys],
        mutes=muted,
        now=now,
    )


def _jobs(columns: Mapping[str, Sequence[Any]]) -> list[BatchJob]:
    names = ("id", "status", "meaning", "output_file_id", "error_file_id")
    return [
        BatchJob(
            id=job_id,
            status=status,
            meaning=None if meaning is None else JobState(meaning),
            output_file_id=output,
            error_file_id=error,
        )
        for job_id, status, meaning, output, error in zip(
            *(columns[name] for name in names), strict=True
        )
    ]
