"""Rows of `batch_jobs` as records: an account may have 100,000, so every microsecond is felt."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache
from itertools import chain, starmap
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, Select, Text, cast, select, type_coerce

from batchbell.core.by_column import made_by_column
from batchbell.core.job import BatchJob
from batchbell.core.job_columns import JobColumns
from batchbell.core.provider import JobState
from batchbell.core.snapshot import JobRecord
from batchbell.store.tables import batch_jobs
from batchbell.store.types import Instant, Span, instant_of, instant_value, span_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

JOB_FIELDS = tuple(field.name for field in fields(BatchJob))
#: The fields of a record whose columns hold just that.
RECORD_FIELDS = tuple(
    field.name for field in fields(JobRecord) if field.name not in {"job", "announced"}
)
#: Texts that many jobs have in common: each is kept in memory once.
_SHARED_TEXTS = frozenset({"status", "endpoint", "model_id", "user_id"})
#: Rows fetched at once.
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountJob:
    """A record together with the account it belongs to."""

    account: str
    record: JobRecord

    @property
    def key(self) -> tuple[str, str]:
        """What makes it unique: account and id."""
        return self.account, self.record.job.id


@cache
def job_rows() -> Select[Any]:
    """Return the query of all jobs, to be narrowed and given to `read_jobs`."""
    columns = (_as_stored(batch_jobs.c[name]) for name in (*JOB_FIELDS, *RECORD_FIELDS))
    return select(batch_jobs.c.account, cast(batch_jobs.c.announced, Text), *columns)


def read_jobs(
    connection: Connection, query: Select[Any], parameters: Mapping[str, Any] | None = None
) -> Iterator[AccountJob]:
    """Yield the jobs of a `job_rows` query, in its order.

    Values that repeat from row to row are one object each, to save memory.
    """
    found = connection.execute(query, parameters, execution_options={"yield_per": AT_ONCE})
    return chain.from_iterable(map(job_reader(), found.partitions()))


def job_reader() -> Callable[[Sequence[Sequence[Any]]], Iterable[AccountJob]]:
    """Return what makes jobs of some rows of a `job_rows` query, by the column."""
    reads = _readers()
    marks: dict[str, frozenset[str]] = {}

    def read_marks(announced: str) -> frozenset[str]:
        if announced not in marks:
            marks[announced] = frozenset(json.loads(announced))
        return marks[announced]

    def read_rows(rows: Sequence[Sequence[Any]]) -> Iterable[AccountJob]:
        if not rows:
            return ()
        accounts, announced, *values = zip(*rows, strict=True)
        columns: dict[str, Sequence[Any]] = dict(
            zip((*JOB_FIELDS, *RECORD_FIELDS), values, strict=True)
        )
        for name, read in reads.items():
            columns[name] = [None if value is None else read(value) for value in columns[name]]
        columns["announced"] = list(map(read_marks, announced))
        columns["job"] = made_by_column(BatchJob, columns, len(rows))
        records = made_by_column(JobRecord, columns, len(rows))
        return starmap(_account_job, zip(accounts, records, strict=True))

    return read_rows


def _account_job(account: str, record: JobRecord) -> AccountJob:
    return AccountJob(account=account, record=record)


_values_of_job = attrgetter(*JOB_FIELDS)
_values_of_record = attrgetter(*RECORD_FIELDS)


def job_columns(account: str, records: Sequence[JobRecord]) -> dict[str, Sequence[object]]:
    """Return what is stored of records, by the column."""
    marks = {record.announced: "" for record in records}
    for announced in marks:
        marks[announced] = json.dumps(sorted(announced))
    return {
        "account": [account] * len(records),
        "announced": [marks[record.announced] for record in records],
        "finished": [record.job.finished for record in records],
        **field_columns([record.job for record in records]),
        **_stored(RECORD_FIELDS, map(_values_of_record, records)),
    }


def field_columns(jobs: Sequence[BatchJob]) -> dict[str, Sequence[object]]:
    """Return what is stored of what the API says of jobs, by the column."""
    if isinstance(jobs, JobColumns):
        writers = _writers(JOB_FIELDS)
        return {name: _written(jobs, name, writers.get(name)) for name in JOB_FIELDS}
    return _stored(JOB_FIELDS, map(_values_of_job, jobs))


def _stored(
    names: tuple[str, ...], rows: Iterable[tuple[object, ...]]
) -> dict[str, Sequence[object]]:
    columns: dict[str, Sequence[object]] = dict(zip(names, zip(*rows, strict=True), strict=False))
    for name, write in _writers(names).items():
        if name in columns:
            columns[name] = list(map(write, columns[name]))
    return columns


def _written(
    jobs: JobColumns, name: str, write: Callable[[Any], object] | None
) -> Sequence[object]:
    column = jobs.column(name)
    if isinstance(column, list):
        return list(map(write, column)) if write else column
    return [write(column) if write else column] * len(jobs)


@cache
def _writers(names: tuple[str, ...]) -> dict[str, Callable[[Any], object]]:
    """Return what turns our values into stored ones, by the column."""
    types = {name: batch_jobs.c[name].type for name in names}
    spans = {name: span_value for name in names if isinstance(types[name], Span)}
    return spans | {name: instant_value for name in names if isinstance(types[name], Instant)}


def _as_stored(column: Column[Any]) -> ColumnElement[Any]:
    """Return the column without the conversion that SQLAlchemy would do value by value."""
    if isinstance(column.type, (Instant, Span)):
        return type_coerce(column, BigInteger)
    return column


def _readers() -> dict[str, Callable[[Any], object]]:
    """Return what turns stored values into ours, by the column."""
    times: dict[int, datetime] = {}
    spans: dict[int, timedelta] = {}
    texts: dict[str, str] = {}

    def noted_time(microseconds: int) -> datetime:
        # what batchbell notes of the jobs of one poll is all the same time
        return times.get(microseconds) or times.setdefault(microseconds, instant_of(microseconds))

    def span(microseconds: int) -> timedelta:
        return spans.setdefault(microseconds, timedelta(microseconds=microseconds))

    def text(value: str) -> str:
        return texts.setdefault(value, value)

    found: dict[str, Callable[[Any], object]] = {"meaning": JobState}
    for name in (*JOB_FIELDS, *RECORD_FIELDS):
        if name in _SHARED_TEXTS:
            found[name] = text
        elif isinstance(batch_jobs.c[name].type, Span):
            found[name] = span
        elif isinstance(batch_jobs.c[name].type, Instant):
            found[name] = instant_of if name in JOB_FIELDS else noted_time
    return found
