from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from batchbell.core.ended import ended_at, may_have_ended_after, named_end
from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord
from tests.fakes import MINUTE, START

HOUR = timedelta(hours=1)


def record(status: str = "FAILED", **fields: object) -> JobRecord:
    job = BatchJob(id="job", status=status, **fields)  # type: ignore[arg-type]
    return JobRecord(
        job=job, first_seen_at=START, last_seen_at=START, status_since=START, progress_since=START
    )


def test_a_job_that_has_not_finished_has_not_ended() -> None:
    assert ended_at(record("IN_PROGRESS", completed_at=START)) is None
    assert named_end(record("IN_PROGRESS", completed_at=START).job, START) is None


def test_the_end_is_the_apis_time_else_when_it_was_seen_else_the_creation() -> None:
    assert ended_at(record(completed_at=START - HOUR)) == START - HOUR
    seen_running = replace(record(created_at=START), status_since=START + HOUR)
    assert ended_at(seen_running) == START + HOUR
    assert ended_at(record(created_at=START - HOUR)) == START - HOUR
    assert ended_at(record()) == START


def test_an_end_before_the_creation_is_not_believed() -> None:
    odd = record(created_at=START - HOUR, completed_at=START - 2 * HOUR)
    assert ended_at(odd) == START - HOUR
    assert ended_at(replace(odd, status_since=START + MINUTE)) == START + MINUTE


@pytest.mark.parametrize("seen_after", [timedelta(), MINUTE])
def test_an_end_is_never_later_than_it_was_seen(seen_after: timedelta) -> None:
    early = replace(record(completed_at=START + HOUR), last_seen_at=START + seen_after)
    assert ended_at(early) == START + seen_after


def test_a_job_first_seen_ended_that_ended_lately_is_never_taken_for_one_of_long_ago() -> None:
    since = START - HOUR
    times = [None, *(START + hours * HOUR for hours in (-3, -2, -1, 0, 1))]
    for created, completed in product(times, times):
        found = record(created_at=created, completed_at=completed)
        at = ended_at(found)
        assert at is not None
        assert may_have_ended_after(since, [found.job]) or at <= since
    assert not may_have_ended_after(since, [record(completed_at=START - 2 * HOUR).job])
