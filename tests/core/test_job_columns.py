"""Ended jobs by the column are decided on like the same jobs one by one."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.baseline import counted
from batchbell.core.baseline_names import ended_lately
from batchbell.core.diff import diff
from batchbell.core.job import BatchJob
from batchbell.core.job_columns import JobColumns
from batchbell.core.part_decision import parts_of_baseline
from batchbell.core.provider import JobState
from batchbell.core.snapshot import Snapshot
from batchbell.core.transition import are_settled, is_settled
from tests.fakes import START, every_record, listing
from tests.strategies import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

NEVER_POLLED = Snapshot(account="default")
_TIMES = st.none() | st.sampled_from([-2_000, -1_441, -1_440, -1_439, -5, 0, 5]).map(
    lambda minutes: START + timedelta(minutes=minutes)
)
_ENDED = st.builds(
    lambda job, status, created, completed: replace(
        job, status=status, created_at=created, completed_at=completed
    ),
    jobs(),
    st.sampled_from(["COMPLETED", "FAILED", "EXPIRED", "CANCELLED"]),
    _TIMES,
    _TIMES,
)
ENDED = st.lists(_ENDED, min_size=1, max_size=12, unique_by=lambda job: job.id)


def by_column(several: Sequence[BatchJob]) -> JobColumns:
    columns: dict[str, Any] = {}
    for field in fields(BatchJob):
        values = [getattr(job, field.name) for job in several]
        is_alike = field.name != "id" and values.count(values[0]) == len(values)
        columns[field.name] = values[0] if is_alike else values
    return JobColumns(columns, len(several))


@given(ENDED)
def test_a_baseline_is_decided_alike(several: list[BatchJob]) -> None:
    found = [listing(*several), replace(listing(*several), jobs=by_column(several))]
    one_by_one, together = (diff(NEVER_POLLED, each, START) for each in found)

    assert every_record(together) == every_record(one_by_one)
    assert together.events == one_by_one.events
    assert counted(together, START) == counted(one_by_one, START)
    assert ended_lately(together.alike, START) == ended_lately(one_by_one.alike, START)


@given(ENDED, st.sampled_from([START - timedelta(days=1), None]))
def test_so_is_a_listing_that_is_compared_with_a_snapshot(
    several: list[BatchJob], last: Any
) -> None:
    known = diff(NEVER_POLLED, listing(*several[::2]), START - timedelta(days=1))
    records = {record.job.id: record for record in every_record(known)}
    snapshot = Snapshot(account="default", last_good_poll_at=last, records=records)
    found = [listing(*several), replace(listing(*several), jobs=by_column(several))]
    one_by_one, together = (diff(snapshot, each, START) for each in found)

    assert every_record(together) == every_record(one_by_one)
    assert together.events == one_by_one.events


@given(ENDED)
def test_each_is_the_job_it_was(several: list[BatchJob]) -> None:
    columns = by_column(several)
    assert list(columns) == several
    assert [columns[at] for at in range(len(several))] == several
    assert columns[1:] == several[1:]
    assert columns[-1] == several[-1]
    with pytest.raises(IndexError):
        columns[len(several)]


@given(ENDED, ENDED)
def test_joined_and_picked_they_stay_what_they_were(
    several: list[BatchJob], others: list[BatchJob]
) -> None:
    joined = JobColumns.joined([by_column(several), by_column(others)])
    assert list(joined) == [*several, *others]
    mask = [at % 3 == 1 for at in range(len(joined))]
    picked = [job for job, is_picked in zip(joined, mask, strict=True) if is_picked]
    assert list(joined.picked(mask)) == picked
    assert len(joined.picked(mask)) == len(picked)


def test_a_state_is_a_status_with_its_meaning() -> None:
    several = [
        BatchJob(id="job-1", status="done", meaning=JobState.COMPLETED),
        BatchJob(id="job-2", status="done", meaning=JobState.FAILED),
        BatchJob(id="job-3", status="done", meaning=JobState.COMPLETED),
    ]
    assert [[job.id for job in part] for part in by_column(several).by_state()] == [
        ["job-1", "job-3"],
        ["job-2"],
    ]


@given(st.lists(jobs()))
def test_what_is_settled_is_settled_by_the_column(several: list[BatchJob]) -> None:
    named = [replace(job, meaning=None) for job in several]
    statuses, outputs = [job.status for job in named], [job.output_file_id for job in named]
    assert are_settled(statuses, outputs) == [is_settled(job) for job in named]


@given(st.lists(ENDED, max_size=9), st.integers(min_value=1, max_value=20))
def test_the_parts_of_a_baseline_are_all_of_it_and_not_much_larger(
    several: list[list[BatchJob]], size: int
) -> None:
    pieces = [by_column(some) if at % 3 else some for at, some in enumerate(several)]
    parts = list(parts_of_baseline(pieces, size))

    assert all(0 < len(part) < size + 12 for part in parts)
    in_parts = sorted(id_ for part in parts for id_ in (job.id for job in part))
    assert in_parts == sorted(job.id for some in several for job in some)


def test_jobs_by_the_column_are_a_sequence_like_any() -> None:
    several = [BatchJob(id=f"job-{n}", status="FAILED", error=f"line {n}") for n in range(4)]
    together = by_column(several)
    assert [*together] == [together[at] for at in range(4)] == several
    assert together[-1] == several[-1]
    assert together[1:3] == several[1:3]
    with pytest.raises(IndexError):
        together[4]
