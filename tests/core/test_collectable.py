"""Whose result files are read: those of ends that are announced, and files that come later."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchbell.core.collectable import ended_jobs, with_later_files
from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord
from tests.fakes import START

ENDED = BatchJob(id="job", status="COMPLETED", input_file_id="in", output_file_id="out")
EVENT = Event(
    kind=EventKind.COMPLETED,
    account="prod",
    job_id="job",
    qualifier="end:COMPLETED",
    happened_at=START,
    seen_at=START,
    job=ENDED,
)


@pytest.mark.parametrize(
    ("event", "is_read"),
    [
        (EVENT, True),
        (replace(EVENT, silent_because="first poll"), False),
        (replace(EVENT, qualifier="COMPLETED"), False),
        (replace(EVENT, job=replace(ENDED, output_file_id=None)), False),
        (replace(EVENT, job=None), False),
    ],
)
def test_an_end_with_a_file_that_is_announced_is_read(event: Event, *, is_read: bool) -> None:
    assert list(ended_jobs([event])) == ([ENDED] if is_read else [])


def record(job: BatchJob, *announced: str) -> JobRecord:
    return JobRecord(
        job=job,
        first_seen_at=START,
        last_seen_at=START,
        status_since=START,
        progress_since=START,
        announced=frozenset(announced),
    )


@pytest.mark.parametrize(
    ("job", "announced", "is_read"),
    [
        (replace(ENDED, error_file_id="later"), ["end:COMPLETED"], True),
        (replace(ENDED, output_file_id="another"), ["end:COMPLETED"], True),
        (replace(ENDED, progress=1.0), ["end:COMPLETED"], False),
        (replace(ENDED, error_file_id="later"), [], False),
        (replace(ENDED, status="EXPIRED", error_file_id="later"), ["end:COMPLETED"], False),
        (replace(ENDED, status="IN_PROGRESS", error_file_id="x"), ["end:COMPLETED"], False),
    ],
)
def test_another_file_of_an_end_that_was_announced_is_read(
    job: BatchJob, announced: list[str], *, is_read: bool
) -> None:
    known = {"job": record(ENDED, *announced)}
    assert list(with_later_files(known, [record(job, "end:COMPLETED")])) == [job] * is_read
    assert list(with_later_files({}, [record(job, "end:COMPLETED")])) == []
