from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from batchbell.core.facts import OutlookFacts
from batchbell.core.forecast.outlook import outlook_facts, outlook_of
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


def test_a_job_is_forecast_from_its_samples_and_its_start() -> None:
    known = record(first_seen_at=START, since=START)
    assert abs(finish(known, steady(START)) - (START + 10 * HOUR)) < HOUR


def test_a_job_first_seen_in_progress_is_taken_to_have_been_since_its_creation() -> None:
    late = START + 4 * HOUR
    known = record(first_seen_at=late, since=late)
    samples = steady(late, first=0.4)
    assert finish(known, samples) < START + 12 * HOUR
    unknown = replace(known, job=replace(JOB, created_at=None))
    assert outlook_of(unknown, samples, known.last_seen_at) != outlook_of(
        known, samples, known.last_seen_at
    )


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
