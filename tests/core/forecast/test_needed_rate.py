"""What it takes to be done by a deadline."""

from __future__ import annotations

from datetime import timedelta

import pytest

from batchbell.core.forecast.outlook import needed_rate
from batchbell.core.job import BatchJob
from tests.fakes import START

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
