"""Forecasts in words."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.job import BatchJob
from batchbell.core.outlook import HORIZON, Forecast, NoForecast, Obstacle
from batchbell.messages.forecast_words import describe, no_forecast_words, outlook_words
from batchbell.messages.paces import pace_words, read_pace, stored_pace
from tests.fakes import START

HOUR = timedelta(hours=1)
RANGE = Forecast(
    finish=START + 10 * HOUR,
    earliest=START + 8 * HOUR,
    latest=START + 15 * HOUR,
    rate=0.05,
    made_at=START,
    known_for=6 * HOUR,
)


def test_it_is_described_in_a_line() -> None:
    outlook = replace(
        RANGE,
        finish=datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
        earliest=datetime(2026, 11, 23, 13, 40, tzinfo=UTC),
        latest=datetime(2026, 11, 23, 15, 10, tzinfo=UTC),
        rate=0.12,
    )
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert describe(outlook, now) == "about 14:05 UTC (13:40-15:10), 12 %/h"
    assert describe(outlook, now - timedelta(days=1)) == (
        "about 2026-11-23 14:05 UTC (2026-11-23 13:40 to 2026-11-23 15:10), 12 %/h"
    )


def test_of_a_range_of_days_only_the_beginning_is_told() -> None:
    now = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
    outlook = replace(
        RANGE,
        finish=datetime(2026, 11, 30, 2, 46, tzinfo=UTC),
        earliest=datetime(2026, 11, 30, 2, 5, tzinfo=UTC),
        latest=datetime(2026, 12, 6, 20, 49, tzinfo=UTC),
    )
    assert describe(outlook, now) == "about 02:46 UTC (not before 02:05), 5.0 %/h"
    day = replace(outlook, latest=outlook.earliest + timedelta(days=1))
    assert "(2026-11-30 02:05 to 2026-12-01 02:05)" in describe(day, now)


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (0.12, "12 %/h"),
        (3, "300 %/h"),
        (0.034, "3.4 %/h"),
        (5e-4, "0.05 %/h"),
        (1e-6, "under 0.01 %/h"),
        (60, "6,000 %/h"),
        (6_201, "over 6,000 %/h"),
    ],
)
def test_a_pace_has_two_digits(rate: float, words: str) -> None:
    assert describe(replace(RANGE, rate=rate), START).endswith(f", {words}")


def test_beyond_the_horizon_it_names_no_time() -> None:
    far = replace(RANGE, finish=START + HORIZON, latest=START + HORIZON)
    assert describe(far, START) == "not within 30 days at 5.0 %/h"


@pytest.mark.parametrize(
    ("obstacle", "lasting", "words"),
    [
        (Obstacle.NOT_IN_PROGRESS, None, "it is not in progress"),
        (Obstacle.NO_PROGRESS_YET, None, "no progress yet"),
        (Obstacle.TOO_FEW_SAMPLES, None, "too few samples"),
        (Obstacle.ALL_DONE, None, "all is done but its end"),
        (Obstacle.STANDS_STILL, 3.5 * HOUR, "no progress for 3h 30m"),
        (Obstacle.NOT_LOOKED_AT, 7 * HOUR, "not looked at for 7h"),
    ],
)
def test_it_is_described_why_nothing_can_be_said(
    obstacle: Obstacle, lasting: timedelta | None, words: str
) -> None:
    none = NoForecast(obstacle=obstacle, lasting=lasting)
    assert describe(none, START) == f"can't tell yet: {words}"


@given(st.floats(0, 1e6))
def test_a_pace_is_read_as_it_was_written(rate: float) -> None:
    words = stored_pace(rate)
    read = read_pace(words)
    assert read is not None
    assert stored_pace(read) == words


def test_readers_get_a_large_pace_with_separators_and_facts_keep_their_form() -> None:
    assert (pace_words(13.99), stored_pace(13.99)) == ("1,399\u00a0%/h", "1399 %/h")
    assert read_pace("over 6000 %/h") == math.inf


@pytest.mark.parametrize("words", ["", "12", "fast", "12.345 %/h", "nan %/h", f"{'9' * 400} %/h"])
def test_other_words_are_no_pace(words: str) -> None:
    assert read_pace(words) is None


@pytest.mark.parametrize(
    ("until_deadline", "words"),
    [
        (None, "about {at} UTC ({range}), 5.0\u00a0%/h"),
        (11 * HOUR, "done about {at} UTC, 1h to spare ({range}), 5.0\u00a0%/h"),
        (9 * HOUR, "done about {at} UTC, 1h late ({range}), 5.0\u00a0%/h"),
        (10 * HOUR, "done about {at} UTC, just at its deadline ({range}), 5.0\u00a0%/h"),
    ],
)
def test_of_a_job_it_is_told_by_the_deadline(until_deadline: timedelta | None, words: str) -> None:
    deadline = None if until_deadline is None else START + until_deadline
    job = BatchJob(id="a", progress=0.5, job_deadline=deadline)
    plain = describe(RANGE, START)
    at, between = plain.partition(" UTC")[0].removeprefix("about "), plain.split("(")[1]
    expected = words.format(at=at, range=between.partition(")")[0])
    assert describe(RANGE, START, job) == expected


def test_a_forecast_knows_no_seconds() -> None:
    for seconds, words in ((29, "just at its deadline"), (23 * 60 + 40, "24m late")):
        deadline = RANGE.finish - timedelta(seconds=seconds)
        assert words in describe(RANGE, START, BatchJob(id="a", job_deadline=deadline))


def test_near_a_deadline_it_says_what_that_takes() -> None:
    still = NoForecast(obstacle=Obstacle.STANDS_STILL, lasting=timedelta(minutes=38))
    job = BatchJob(id="a", progress=0.43, job_deadline=START + timedelta(minutes=12))
    assert describe(still, START, job) == "57.0% are left to do in 12m, no progress for 38m"
    assert describe(still, START) == "can't tell yet: no progress for 38m"
    free = replace(job, job_deadline=None)
    assert describe(still, START, free) == "can't say yet when it will be done: no progress for 38m"


def test_where_too_little_was_seen_it_says_so_and_what_the_deadline_asks_for() -> None:
    few = NoForecast(obstacle=Obstacle.TOO_FEW_SAMPLES)
    job = BatchJob(id="a", progress=0.87, job_deadline=START + HOUR)
    plain = "can't say yet when it will be done: too little of its progress was seen"
    assert describe(few, START, job) == f"{plain}; it needs 13\u00a0%/h to make it"
    assert describe(few, START, replace(job, job_deadline=None)) == plain
    # It was watched to stand still: that says more.
    still = describe(few, START, job, timedelta(minutes=42))
    assert still == "needs 13\u00a0%/h, no progress for 42m"


def test_of_what_stands_still_there_is_no_forecast_but_what_it_needs() -> None:
    job = BatchJob(id="a", progress=0.5, job_deadline=START + 5 * HOUR)
    none = "none while it stands still"
    assert no_forecast_words(job, START) == (f"{none}; it needs 10\u00a0%/h to make its deadline")
    in_minutes = replace(job, job_deadline=START + HOUR / 4)
    assert no_forecast_words(in_minutes, START) == f"{none}; 50.0% are left to do in 15m"
    assert no_forecast_words(replace(job, progress=None), START) == none


def test_a_range_without_an_end_names_the_day_of_its_beginning() -> None:
    told_at = datetime(2026, 11, 23, 23, 44, tzinfo=UTC)
    finish, earliest = told_at + timedelta(hours=42), told_at + timedelta(hours=27)
    moments = finish, earliest, earliest + timedelta(hours=60)
    told = outlook_words(*moments, now=told_at, pace="", zone=UTC, told_at=told_at)
    assert told == "about Wed 17:44 UTC (not before Wed 02:44)"
