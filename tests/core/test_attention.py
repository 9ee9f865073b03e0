from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from batchbell.core.attention import (
    CLOSE_DEADLINE,
    attention_order,
    ended_at,
    has_vanished,
    is_at_risk,
    is_overdue,
    severity_now,
)
from batchbell.core.event import Severity
from batchbell.core.job import BatchJob
from batchbell.core.snapshot import VANISHED_MARK, JobRecord
from tests.fakes import MINUTE, START

HOUR = timedelta(hours=1)


def record(status: str | None = "IN_PROGRESS", *, id: str = "job", **fields: object) -> JobRecord:  # noqa: A002
    job = BatchJob(id=id, status=status, **fields)  # type: ignore[arg-type]
    return JobRecord(
        job=job, first_seen_at=START, last_seen_at=START, status_since=START, progress_since=START
    )


@pytest.mark.parametrize(
    ("stands", "severity"),
    [
        (record(), Severity.INFO),
        (record(job_deadline=START + 2 * CLOSE_DEADLINE), Severity.INFO),
        (record(job_deadline=START + CLOSE_DEADLINE), Severity.WARNING),
        (record(job_deadline=START), Severity.FAILURE),
        (replace(record(), at_risk=True), Severity.WARNING),
        (replace(record(), stalled_since=START - HOUR), Severity.WARNING),
        (record("QUEUED"), Severity.WARNING),
        (record(None), Severity.WARNING),
        (record("COMPLETED", output_file_id="o", job_deadline=START - HOUR), Severity.SUCCESS),
        (record("COMPLETED", output_file_id="o", error_file_id="e"), Severity.WARNING),
        (record("COMPLETED"), Severity.FAILURE),
        (record("EXPIRED"), Severity.FAILURE),
    ],
)
def test_how_bad_a_job_stands(stands: JobRecord, severity: Severity) -> None:
    assert severity_now(stands, START) is severity


def test_a_job_has_vanished_while_it_is_missing_after_that_was_told() -> None:
    told = replace(record(), announced=frozenset({VANISHED_MARK}), missed_polls=3)
    assert has_vanished(told)
    assert severity_now(told, START) is Severity.WARNING
    assert not has_vanished(replace(told, missed_polls=0))
    assert not has_vanished(replace(told, announced=frozenset()))


def test_a_job_is_at_risk_while_it_runs_and_its_deadline_is_to_come() -> None:
    late = replace(record(job_deadline=START + HOUR), at_risk=True)
    assert is_at_risk(late, START)
    assert not is_at_risk(late, START + HOUR)
    assert not is_at_risk(replace(late, at_risk=False), START)
    assert not is_at_risk(replace(record(), at_risk=True), START)
    ended = replace(record("COMPLETED", job_deadline=START + HOUR), at_risk=True)
    assert not is_at_risk(ended, START)


def test_a_finished_job_is_never_overdue() -> None:
    assert is_overdue(record(job_deadline=START), START)
    assert not is_overdue(record(job_deadline=START), START - MINUTE)
    assert not is_overdue(record("COMPLETED", job_deadline=START), START + HOUR)


def test_the_end_is_the_apis_time_else_when_it_was_seen_else_the_creation() -> None:
    assert ended_at(record()) is None
    assert ended_at(record("FAILED", completed_at=START - HOUR)) == START - HOUR
    seen_running = replace(record("FAILED", created_at=START), status_since=START + HOUR)
    assert ended_at(seen_running) == START + HOUR
    assert ended_at(record("FAILED", created_at=START - HOUR)) == START - HOUR
    assert ended_at(record("FAILED")) == START


def test_unfinished_jobs_come_first_the_worst_first_then_the_tightest_then_the_latest_end() -> None:
    jobs = [
        record(id="overdue", job_deadline=START - MINUTE),
        record("QUEUED", id="odd"),
        record(id="tight", job_deadline=START + 5 * HOUR),
        record(id="loose", job_deadline=START + 9 * HOUR),
        record(id="endless"),
        record("FAILED", id="failed-late", completed_at=START - MINUTE),
        record("FAILED", id="failed-early", completed_at=START - HOUR),
        record("COMPLETED", id="done", output_file_id="o", completed_at=START),
    ]
    mixed = jobs[1::2] + jobs[::2]
    ordered = sorted(mixed, key=lambda each: attention_order(each, START))
    assert [each.job.id for each in ordered] == [each.job.id for each in jobs]
