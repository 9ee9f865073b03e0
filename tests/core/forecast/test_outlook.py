from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from batchbell.core.facts import OutlookFacts
from batchbell.core.forecast.outlook import (
    known_outlook,
    outlook_facts,
    outlook_of,
    pace_so_far,
)
from batchbell.core.job import BatchJob
from batchbell.core.outlook import HORIZON, Forecast, NoForecast, Obstacle
from batchbell.core.snapshot import JobRecord
from tests.fakes import START

HOUR = timedelta(hours=1)
JOB = BatchJob(id="job-1", status="IN_PROGRESS", progress=0.5, created_at=START)


def record(job: BatchJob = JOB, *, first_seen_at: datetime, since: datetime) -> JobRecord:
    """Return the record of a job that was last seen five hours after the start."""
    return JobRecord(
        job=job,
        first_seen_at=first_seen_at,
        last_seen_at=START + 5 * HOUR,
        status_since=since,
        progress_since=START + 5 * HOUR,
    )


def steady(begin: datetime, *, first: float = 0.0) -> list[tuple[datetime, float]]:
    """Return samples from `begin` to five hours after the start, up to a half."""
    steps = 20
    length = START + 5 * HOUR - begin
    return [
        (begin + length * step / steps, first + (0.5 - first) * step / steps)
        for step in range(steps + 1)
    ]


def finish(known: JobRecord, samples: list[tuple[datetime, float]]) -> datetime:
    outlook = outlook_of(known, samples, START + 5 * HOUR)
    assert isinstance(outlook, Forecast)
    return outlook.finish


def test_of_what_was_told_to_stand_still_no_forecast_counts() -> None:
    known, now = record(first_seen_at=START, since=START), START + 5 * HOUR
    outlook = outlook_of(known, steady(START), now)
    assert known_outlook(known, outlook, now).finish is not None
    stalled = replace(known, stalled_since=START + 3 * HOUR)
    found = known_outlook(stalled, outlook, now)
    assert found.finish is None
    assert found.made == NoForecast(obstacle=Obstacle.STANDS_STILL, lasting=2 * HOUR)


def test_a_job_is_forecast_from_its_samples_and_its_start() -> None:
    known = record(first_seen_at=START, since=START)
    assert abs(finish(known, steady(START)) - (START + 10 * HOUR)) < HOUR


def test_a_job_first_seen_in_progress_goes_by_the_pace_that_was_seen() -> None:
    # It waited for hours, and then made 40 % in one.
    late = START + 4 * HOUR
    known = record(first_seen_at=late, since=late)
    assert abs(finish(known, steady(late, first=0.4)) - (START + 10 * HOUR)) < HOUR
    assert finish(known, steady(late, first=0.1)) < START + 7 * HOUR
    uncreated = replace(known, job=replace(JOB, created_at=None))
    assert finish(uncreated, steady(late, first=0.1)) == finish(known, steady(late, first=0.1))


def test_a_job_first_seen_in_progress_has_no_forecast_before_it_was_seen_to_move() -> None:
    late = START + 4 * HOUR
    known = record(first_seen_at=late, since=late)
    few = NoForecast(obstacle=Obstacle.TOO_FEW_SAMPLES)
    assert outlook_of(known, steady(late, first=0.4)[:3], START + 5 * HOUR) == few
    none = NoForecast(obstacle=Obstacle.NO_PROGRESS_YET)
    for samples in ([(late, 0.0)], []):
        assert outlook_of(known, samples, START + 5 * HOUR) == none


def test_its_pace_so_far_is_the_least_that_it_can_have_made() -> None:
    late, now = START + 4 * HOUR, START + 5 * HOUR
    due = replace(JOB, job_deadline=now + HOUR)
    seen_late = record(due, first_seen_at=late, since=late)
    seen_to_start = record(due, first_seen_at=START, since=late)
    unknown = record(replace(due, created_at=None), first_seen_at=late, since=late)
    assert pace_so_far(seen_late, now) == pytest.approx(0.1)
    assert pace_so_far(seen_to_start, now) == pytest.approx(0.5)
    assert pace_so_far(unknown, now) is None


def test_a_job_that_was_seen_to_start_is_measured_from_then() -> None:
    known = record(first_seen_at=START, since=START + 4 * HOUR)
    assert finish(known, steady(START + 4 * HOUR)) < START + 7 * HOUR


@pytest.mark.parametrize("status", ["VALIDATING", "CANCELING", "PAUSED", None])
def test_only_a_job_in_progress_has_a_forecast(status: str | None) -> None:
    known = record(replace(JOB, status=status), first_seen_at=START, since=START)
    assert outlook_of(known, steady(START), START + 5 * HOUR) == NoForecast(
        obstacle=Obstacle.NOT_IN_PROGRESS
    )


def test_a_message_gets_the_finish_and_its_range() -> None:
    known = record(first_seen_at=START, since=START)
    now = START + 5 * HOUR
    outlook = outlook_of(known, steady(START), now)
    assert isinstance(outlook, Forecast)
    facts = outlook_facts(outlook, now)
    assert facts.finish == outlook.finish
    assert (facts.earliest, facts.latest) == (outlook.earliest, outlook.latest)
    assert facts.rate == outlook.rate
    none = NoForecast(obstacle=Obstacle.TOO_FEW_SAMPLES)
    assert outlook_facts(none, now) == OutlookFacts(made=none)


def test_beyond_the_horizon_a_message_tells_no_range_and_no_pace() -> None:
    beyond = START + HORIZON
    outlook = Forecast(
        finish=beyond,
        earliest=beyond,
        latest=beyond,
        rate=0.0001,
        made_at=START,
        known_for=HOUR,
    )
    assert outlook_facts(outlook, START) == OutlookFacts(made=outlook, finish=beyond)
