"""Until when a job that stands still is waited for, by what a message said of that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.core.forecast.patience import (
    LONGEST_DETOUR,
    given_up_at,
    is_given_up,
    outpaced_at,
    patience_ends,
    waits_until,
)
from batchbell.core.job import BatchJob

HOUR = timedelta(hours=1)
SINCE = datetime(2026, 11, 23, 1, tzinfo=UTC)
JOB = BatchJob(id="job-1", status="IN_PROGRESS", progress=0.5, job_deadline=SINCE + 10 * HOUR)
ENDS = patience_ends(JOB, SINCE)


def test_no_job_is_given_up_before_the_moment_that_a_message_named() -> None:
    named = waits_until(JOB, SINCE, ENDS + 2 * HOUR)
    assert given_up_at(JOB, SINCE, named) == named == ENDS + 2 * HOUR
    assert not is_given_up(JOB, SINCE, named, named - HOUR / 60)
    assert is_given_up(JOB, SINCE, named, named)


@pytest.mark.parametrize(
    ("done", "outpaced"),
    # Begun four hours before, due ten hours later; less than half of it says nothing.
    [(0.9, 8.6), (0.5, 3), (0.2, 3), (0.0, None), (None, None)],
)
def test_a_job_is_outpaced_when_more_of_its_time_than_of_its_work_is_over(
    done: float | None, outpaced: float | None
) -> None:
    job = replace(JOB, progress=done)
    at = outpaced_at(job, SINCE, SINCE - 4 * HOUR)
    assert at == (None if outpaced is None else SINCE + outpaced * HOUR)
    assert outpaced_at(job, SINCE, None) is None
    assert outpaced_at(replace(job, status="VALIDATING"), SINCE, SINCE) is None
    assert outpaced_at(replace(job, job_deadline=None), SINCE, SINCE) is None


def test_a_pause_is_no_reason_to_give_up() -> None:
    assert outpaced_at(JOB, SINCE + 5 * HOUR, SINCE - 20 * HOUR) == SINCE + 6 * HOUR


def test_only_where_no_bell_ends_its_patience_its_pace_does() -> None:
    for ring, until in ((ENDS, ENDS), (ENDS + HOUR, ENDS - HOUR), (None, ENDS - HOUR)):
        assert waits_until(JOB, SINCE, ring, ENDS - HOUR) == until


def test_a_moment_named_by_a_stepped_clock_makes_nobody_wait() -> None:
    far = ENDS + LONGEST_DETOUR + HOUR / 60
    assert given_up_at(JOB, SINCE, far) == ENDS
    assert is_given_up(JOB, SINCE, SINCE + timedelta(days=30), ENDS)


def test_a_moment_named_for_another_deadline_makes_nobody_wait() -> None:
    named = waits_until(JOB, SINCE, ENDS + 3 * HOUR)
    sooner = replace(JOB, job_deadline=SINCE + 4 * HOUR)
    assert given_up_at(JOB, SINCE, named) == named
    assert given_up_at(sooner, SINCE, named) == patience_ends(sooner, SINCE) == SINCE + 2 * HOUR
