"""What it takes to be done by a deadline, and what was made so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from batchbell.core.forecast.outlook import needed_rate, pace_so_far
from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord
from tests.fakes import MINUTE, START

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("progress", "left", "rate"),
    [
        (0.43, 0.2 * HOUR, pytest.approx(2.85)),
        (0.0, 24 * HOUR, pytest.approx(1 / 24)),
        (1.0, HOUR, None),
        (None, HOUR, None),
        (0.5, None, None),
        (0.5, timedelta(), None),
        (0.5, -HOUR, None),
    ],
)
def test_what_is_left_has_to_be_done_in_the_time_that_is_left(
    progress: float | None, left: timedelta | None, rate: float | None
) -> None:
    deadline = None if left is None else START + left
    assert needed_rate(BatchJob(id="a", progress=progress, job_deadline=deadline), START) == rate


#: First seen in progress, ten hours after it was created and two before its deadline.
JOB = BatchJob(
    id="a",
    status="IN_PROGRESS",
    progress=0.2,
    created_at=START - 10 * HOUR,
    job_deadline=START + 2 * HOUR,
)
RECORD = JobRecord(
    job=JOB, first_seen_at=START, last_seen_at=START, status_since=START, progress_since=START
)


def test_a_pace_is_the_average_since_it_is_in_progress() -> None:
    assert pace_so_far(RECORD, START) == pytest.approx(0.02)
    # It was watched in the queue.
    began = replace(RECORD, first_seen_at=START - 9 * HOUR, status_since=START - 4 * HOUR)
    assert pace_so_far(began, START) == pytest.approx(0.05)
    waited = replace(began, status_since=START - 119 * MINUTE)
    assert pace_so_far(waited, START) is None, "it moved for less than is left"


@pytest.mark.parametrize(
    "changes",
    [
        {"progress": None},
        {"job_deadline": None},
        {"job_deadline": START},
        {"status": "VALIDATING"},
        {"created_at": None},
    ],
)
def test_no_pace_is_named_that_says_nothing_of_the_time_left(changes: dict[str, Any]) -> None:
    assert pace_so_far(replace(RECORD, job=replace(JOB, **changes)), START) is None


def test_of_a_job_that_nobody_looked_at_no_pace_is_known() -> None:
    for unseen, is_known in ((10, True), (11, False)):
        pace = pace_so_far(replace(RECORD, last_seen_at=START - unseen * MINUTE), START)
        assert (pace is not None) is is_known
