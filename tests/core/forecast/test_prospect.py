"""What is to be expected of a running job, by its deadline, its forecast and its standstill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from batchbell.core.facts import OutlookFacts
from batchbell.core.forecast.beginning import standstill
from batchbell.core.forecast.expectation import Expectation, Prospect
from batchbell.core.forecast.prospect import prospect, prospect_of
from batchbell.core.job import BatchJob
from batchbell.core.outlook import Forecast, NoForecast, Obstacle
from batchbell.core.snapshot import JobRecord
from tests.fakes import MINUTE, START

LEFT = 30 * MINUTE
JOB = BatchJob(id="job-1", status="IN_PROGRESS", progress=0.6, job_deadline=START + LEFT)
NONE = OutlookFacts()


def finish(earliest: int, expected: int, latest: int) -> OutlookFacts:
    """Return a forecast by minutes from now."""
    early, at, late = (START + each * MINUTE for each in (earliest, expected, latest))
    return OutlookFacts(earliest=early, finish=at, latest=late)


def expected_of(
    outlook: OutlookFacts = NONE, job: BatchJob = JOB, *, still: int = 0
) -> Expectation:
    since = START - still * MINUTE if still else None
    return prospect(job, outlook, still_since=since, now=START).expectation


@pytest.mark.parametrize(
    ("outlook", "expected"),
    [
        (finish(10, 20, 30), Expectation.IN_TIME),
        (finish(10, 30, 31), Expectation.JUST_IN_TIME),
        (OutlookFacts(finish=START), Expectation.JUST_IN_TIME),
        (finish(30, 31, 60), Expectation.MAY_MISS),
        (finish(30, 44, 60), Expectation.MAY_MISS),
        (finish(30, 45, 60), Expectation.PROBABLY_MISSES),
        (finish(31, 40, 60), Expectation.PROBABLY_MISSES),
        (finish(44, 60, 90), Expectation.PROBABLY_MISSES),
        (finish(45, 60, 90), Expectation.MISSES),
        (OutlookFacts(finish=START + 40 * MINUTE), Expectation.PROBABLY_MISSES),
        (NONE, Expectation.OPEN),
    ],
)
def test_a_deadline_is_missed_as_surely_as_the_likely_range_says(
    outlook: OutlookFacts, expected: Expectation
) -> None:
    assert expected_of(outlook) is expected


@pytest.mark.parametrize(
    ("still", "expected"),
    [
        (0, Expectation.OPEN),
        (10, Expectation.STANDS_STILL),
        (29, Expectation.STANDS_STILL),
        (30, Expectation.HOPELESS),
    ],
)
def test_what_has_not_moved_for_as_long_as_is_left_can_not_make_it(
    still: int, expected: Expectation
) -> None:
    assert expected_of(still=still) is expected


def test_a_forecast_counts_more_than_a_standstill_unless_that_is_too_long() -> None:
    assert expected_of(finish(10, 20, 30), still=42) is Expectation.IN_TIME
    assert expected_of(finish(20, 40, 60), still=12) is Expectation.MAY_MISS
    assert expected_of(finish(20, 40, 60), still=42) is Expectation.HOPELESS


def test_past_its_deadline_and_without_one_no_forecast_counts() -> None:
    over, free = replace(JOB, job_deadline=START), replace(JOB, job_deadline=None)
    for still in (0, 42):
        assert expected_of(finish(1, 2, 3), over, still=still) is Expectation.OVERDUE
    assert expected_of(finish(1, 2, 3), free) is Expectation.OPEN
    assert expected_of(finish(1, 2, 3), free, still=42) is Expectation.STANDS_STILL


@pytest.mark.parametrize(
    ("outlook", "expected"),
    [
        (NONE, Expectation.PROBABLY_MISSES),
        (finish(10, 20, 30), Expectation.MAY_MISS),
        (finish(10, 20, 31), Expectation.MAY_MISS),
        (finish(45, 60, 90), Expectation.MISSES),
    ],
)
def test_what_was_judged_to_be_late_is_believed_until_it_is_safe(
    outlook: OutlookFacts, expected: Expectation
) -> None:
    found = prospect(JOB, outlook, still_since=None, now=START, at_risk=True)
    assert found.expectation is expected


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (None, Expectation.OPEN),
        (0.41, Expectation.OPEN),
        # It needs 80 %/h.
        (0.4, Expectation.UNLIKELY),
        (0.081, Expectation.UNLIKELY),
        (0.08, Expectation.TOO_SLOW),
        # It waits in the queue.
        (0.0, Expectation.OPEN),
    ],
)
def test_what_needs_many_times_its_pace_so_far_can_not_make_it(
    made: float | None, expected: Expectation
) -> None:
    assert expected_of(OutlookFacts(rate=made)) is expected
    # Of a job that stood still for long enough that says as much.
    assert expected_of(OutlookFacts(rate=made), still=30) is Expectation.HOPELESS
    still = Expectation.STANDS_STILL if expected is Expectation.OPEN else expected
    assert expected_of(OutlookFacts(rate=made), still=20) is still


def test_what_has_not_moved_for_an_hour_is_not_expected_to_be_faster_than_before() -> None:
    job = replace(JOB, job_deadline=START + 4 * LEFT)
    # It needs 20 %/h.
    for still, made, expected in (
        (59, 0.19, Expectation.STANDS_STILL),
        (60, 0.19, Expectation.UNLIKELY),
        (60, 0.21, Expectation.STANDS_STILL),
    ):
        assert expected_of(OutlookFacts(rate=made), job, still=still) is expected


def test_what_is_to_do_all_in_an_hour_is_not_expected_of_a_job_whose_pace_nobody_knows() -> None:
    for progress, expected in ((0.5, Expectation.UNLIKELY), (0.51, Expectation.OPEN)):
        assert expected_of(NONE, replace(JOB, progress=progress)) is expected
        assert expected_of(finish(10, 20, 30), replace(JOB, progress=progress)).name == "IN_TIME"
    unknown = replace(JOB, progress=None)
    assert expected_of(NONE, unknown) is Expectation.OPEN


@pytest.mark.parametrize(
    ("still", "left", "worth"),
    [(20, 30, 5), (29, 30, 0.5), (120, 20 * 60, 120), (300, 20 * 60, -60), (120, None, 120)],
)
def test_a_standstill_is_worth_waiting_for_while_less_has_gone_than_is_left_but_not_for_ever(
    still: int, left: int | None, worth: float
) -> None:
    deadline = None if left is None else START + left * MINUTE
    job, since = replace(JOB, progress=0.9, job_deadline=deadline), START - still * MINUTE
    found = prospect(job, NONE, still_since=since, now=START)
    assert found.expectation is Expectation.STANDS_STILL
    assert found.worth_waiting == worth * MINUTE


def test_what_is_being_cancelled_is_expected_to_be_whatever_its_deadline() -> None:
    for deadline in (START - LEFT, START + LEFT, None):
        job = replace(JOB, status="CANCELING", job_deadline=deadline)
        assert expected_of(NONE, job, still=42) is Expectation.CANCELING


def test_a_pace_counts_neither_beside_a_forecast_nor_without_a_deadline_ahead() -> None:
    slow = replace(finish(30, 31, 60), rate=0.001)
    assert expected_of(slow) is Expectation.MAY_MISS
    for deadline, expected in ((START, Expectation.OVERDUE), (None, Expectation.OPEN)):
        job = replace(JOB, job_deadline=deadline)
        assert expected_of(OutlookFacts(rate=0.001), job) is expected
    found = prospect(JOB, OutlookFacts(rate=0.001), still_since=None, now=START, at_risk=True)
    assert found.expectation is Expectation.TOO_SLOW


@pytest.mark.parametrize(("progress", "has_begun"), [(None, None), (0.0, False), (0.001, True)])
def test_it_is_known_whether_something_is_done(
    progress: float | None,
    has_begun: bool | None,  # noqa: FBT001 - a value of the table
) -> None:
    job = replace(JOB, progress=progress)
    assert prospect(job, NONE, still_since=None, now=START).has_begun is has_begun


STILL = JobRecord(
    job=replace(JOB, created_at=START - 60 * MINUTE),
    first_seen_at=START - 60 * MINUTE,
    last_seen_at=START,
    status_since=START - 60 * MINUTE,
    progress_since=START - 42 * MINUTE,
    flat_for=42 * MINUTE,
)


def test_a_job_of_the_snapshot_stands_still_as_long_as_it_was_watched_to() -> None:
    stands = Prospect(
        expectation=Expectation.HOPELESS,
        still_for=42 * MINUTE,
        done=0.6,
        left=LEFT,
        made=0.6,
        pace=0.6,
    )
    assert prospect_of(STILL, NoForecast(obstacle=Obstacle.TOO_FEW_SAMPLES), START) == stands
    assert prospect_of(STILL, None, START) == stands
    # For most of the time nobody looked.
    blind = replace(STILL, flat_for=9 * MINUTE)
    found = prospect_of(blind, None, START)
    assert (found.expectation, found.still_for) == (Expectation.OPEN, None)


def test_what_a_rest_takes_goes_by_the_forecast_or_by_what_was_made() -> None:
    known = Prospect(expectation=Expectation.MISSES, left=20 * MINUTE, late_by=70 * MINUTE)
    assert known.rest_needs == 90 * MINUTE
    slow = Prospect(expectation=Expectation.TOO_SLOW, done=0.5, made=0.25)
    assert slow.rest_needs == 120 * MINUTE
    for unknown in (replace(slow, made=None), replace(slow, done=None)):
        assert unknown.rest_needs is None
    # A pace that nothing is made at says nothing.
    assert replace(known, still_for=42 * MINUTE).rest_needs is None


def test_a_job_of_the_snapshot_is_judged_by_its_forecast_and_its_risk() -> None:
    moving = replace(STILL, flat_for=timedelta())
    likely = Forecast(
        earliest=START + 10 * MINUTE,
        finish=START + 20 * MINUTE,
        latest=START + 29 * MINUTE,
        rate=1.7,
        made_at=START,
        known_for=60 * MINUTE,
    )
    assert prospect_of(moving, likely, START).expectation is Expectation.IN_TIME
    assert (
        prospect_of(replace(moving, at_risk=True), likely, START).expectation
        is Expectation.MAY_MISS
    )


@pytest.mark.parametrize("job", [replace(JOB, status="VALIDATING"), replace(JOB, progress=None)])
def test_only_progress_that_is_shown_can_stand_still(job: BatchJob) -> None:
    record = replace(STILL, job=job)
    assert standstill(STILL) == START - 42 * MINUTE
    assert standstill(record) is None
    # That it was told to have stalled counts in any status.
    stalled = replace(record, stalled_since=START - 50 * MINUTE)
    assert prospect_of(stalled, None, START).still_for == 50 * MINUTE
