"""What a job's samples say is worked out once, and is what they say."""

from __future__ import annotations

from datetime import timedelta

from batchbell.core.forecast.job_samples import JobSamples
from batchbell.core.forecast.trend import trend_of
from tests.fakes import START

HOUR = timedelta(hours=1)
SAMPLES = JobSamples((START + hours * HOUR, hours / 10) for hours in range(5))
NOW = START + 4 * HOUR


def test_what_samples_say_is_worked_out_once() -> None:
    first = SAMPLES.trend(started_at=START, now=NOW)
    assert first == trend_of(SAMPLES, started_at=START, now=NOW)
    assert SAMPLES.trend(started_at=START, now=NOW + HOUR) is first


def test_of_a_job_that_began_at_another_time_it_is_something_else() -> None:
    first = SAMPLES.trend(started_at=START, now=NOW)
    later = SAMPLES.trend(started_at=START + HOUR, now=NOW)
    assert later == trend_of(SAMPLES, started_at=START + HOUR, now=NOW) != first


def test_after_a_clock_was_set_back_it_is_something_else() -> None:
    first = SAMPLES.trend(started_at=START, now=NOW)
    before = SAMPLES.trend(started_at=START, now=NOW - HOUR / 2)
    assert before == trend_of(SAMPLES, started_at=START, now=NOW - HOUR / 2) != first
