"""Of a baseline's ended jobs the last ones are named, in whatever parts they are listed."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.baseline import RECENT
from batchbell.core.baseline_names import MOST_NAMED, ended_lately
from batchbell.core.diff import diff
from batchbell.core.job import BatchJob
from batchbell.core.snapshot import Snapshot
from tests.fakes import START, listing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.snapshot import RecordsAlike

NEVER_POLLED = Snapshot(account="default", last_good_poll_at=None, records={})


def alike(jobs: Sequence[BatchJob]) -> tuple[RecordsAlike, ...]:
    return diff(NEVER_POLLED, listing(*jobs), START).alike


def ended(number: int, minutes_ago: int, *, has_file: bool = True) -> BatchJob:
    return BatchJob(
        id=f"job-{number}",
        status="COMPLETED" if number % 3 else "FAILED",
        input_file_id=f"file-{number}" if has_file else None,
        completed_at=START - timedelta(minutes=minutes_ago),
    )


def test_the_last_to_end_within_a_day_are_named_and_no_others() -> None:
    day = int(RECENT / timedelta(minutes=1))
    jobs = [
        ended(1, 5),
        ended(2, 1),
        ended(3, day - 1),
        ended(4, day),
        ended(5, 2, has_file=False),
        BatchJob(id="runs", status="IN_PROGRESS", input_file_id="file-6"),
    ]
    assert [job.id for _, job in ended_lately(alike(jobs), START)] == ["job-2", "job-1", "job-3"]


def test_of_very_many_the_last_hundred_are_named() -> None:
    jobs = [ended(number, number // 10) for number in range(5_000)]
    found = ended_lately(alike(jobs), START)
    assert len(found) == MOST_NAMED
    assert {job.id for _, job in found} == {f"job-{number}" for number in range(MOST_NAMED)}


@given(
    st.lists(st.tuples(st.integers(0, 2_000), st.booleans()), max_size=300),
    st.lists(st.integers(0, 300), max_size=4),
)
def test_in_which_parts_a_baseline_comes_makes_no_difference(
    ends: list[tuple[int, bool]], cuts: list[int]
) -> None:
    jobs = [ended(number, ago, has_file=has) for number, (ago, has) in enumerate(ends)]
    places = [0, *sorted(cuts), len(jobs)]
    parts: tuple[tuple[datetime, BatchJob], ...] = ()
    for first, end in pairwise(places):
        parts = ended_lately(alike(jobs[first:end]), START, parts)
    whole = ended_lately(alike(jobs), START)
    assert parts == whole
    assert len(whole) <= MOST_NAMED
    left_out = {at for at, job in _ends(jobs) if (at, job) not in whole}
    assert len(whole) < MOST_NAMED or all(at <= whole[-1][0] for at in left_out)


def _ends(jobs: Sequence[BatchJob]) -> list[tuple[datetime, BatchJob]]:
    ends = [(job.completed_at, job) for job in jobs if job.input_file_id]
    return [(at, job) for at, job in ends if at is not None and at > START - RECENT]
