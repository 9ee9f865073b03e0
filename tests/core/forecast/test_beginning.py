"""Since when a job is in progress, and whether it ever moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from batchbell.core.forecast.beginning import is_unmoved_by_half, standstill, unmoved_since
from batchbell.core.forecast.expectation import Expectation
from batchbell.core.forecast.prospect import prospect_of
from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import Reason
from tests.fakes import MINUTE, START

HOUR = 60 * MINUTE
JOB = BatchJob(
    id="job-1",
    status="IN_PROGRESS",
    progress=0.0,
    created_at=START - 13 * HOUR,
    job_deadline=START + 11 * HOUR,
)
#: Found in progress just now.
NEW = JobRecord(
    job=JOB, first_seen_at=START, last_seen_at=START, status_since=START, progress_since=START
)
#: Seen to start three hours ago.
SEEN = replace(
    NEW,
    first_seen_at=START - 4 * HOUR,
    status_since=START - 3 * HOUR,
    progress_since=START - 4 * HOUR,
    flat_for=3 * HOUR,
)


def test_what_has_done_nothing_never_moved_whoever_watched_it() -> None:
    assert unmoved_since(NEW) == standstill(NEW) == START - 13 * HOUR
    assert unmoved_since(SEEN) == standstill(SEEN) == START - 3 * HOUR
    # As was told it is since it was watched.
    assert standstill(replace(NEW, stalled_since=START - HOUR)) == START - 13 * HOUR


@pytest.mark.parametrize(
    "changes", [{"progress": 0.001}, {"progress": None}, {"status": "VALIDATING"}]
)
def test_only_what_is_in_progress_and_known_to_be_nothing_counts(
    changes: dict[str, object],
) -> None:
    record = replace(NEW, job=replace(JOB, **changes))  # type: ignore[arg-type]
    assert unmoved_since(record) is None
    assert not is_unmoved_by_half(record, START)


def test_what_began_minutes_ago_does_not_stand_still() -> None:
    new = replace(SEEN, status_since=START - 9 * MINUTE, flat_for=9 * MINUTE)
    assert standstill(new) is None


def test_without_its_beginning_or_a_deadline_ahead_there_is_no_half() -> None:
    for changes in ({"created_at": None}, {"job_deadline": None}, {"job_deadline": START}):
        record = replace(NEW, job=replace(JOB, **changes))
        assert not is_unmoved_by_half(record, START)


@pytest.mark.parametrize(("left", "is_over"), [(13, True), (13.1, False)])
def test_from_half_of_its_time_on_it_needs_a_look_and_is_hopeless(
    left: float,
    is_over: bool,  # noqa: FBT001 - a value of the table
) -> None:
    record = replace(NEW, job=replace(JOB, job_deadline=START + left * HOUR))
    assert is_unmoved_by_half(record, START) is is_over
    assert job_standing(record, START).has(Reason.NOT_BEGUN) is is_over
    found = prospect_of(record, None, START)
    expected = Expectation.HOPELESS if is_over else Expectation.STANDS_STILL
    assert (found.expectation, found.still_for) == (expected, 13 * HOUR)


def test_until_then_it_is_given_time_however_long_that_is() -> None:
    record = replace(SEEN, job=replace(JOB, job_deadline=START + 17 * HOUR))
    assert prospect_of(record, None, START).worth_waiting == timedelta(hours=7)
