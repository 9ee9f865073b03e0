from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.cli.terminal.job_rows import NOTHING, job_row
from batchbell.core.job import BatchJob
from batchbell.core.outlook import Forecast
from batchbell.core.snapshot import JobRecord
from batchbell.store.job_rows import AccountJob

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DEADLINE = NOW + 6 * HOUR
RECORD = JobRecord(
    job=BatchJob(
        id="job", status="IN_PROGRESS", progress=0.5, job_deadline=DEADLINE, created_at=NOW - HOUR
    ),
    first_seen_at=NOW - HOUR,
    last_seen_at=NOW,
    status_since=NOW - HOUR,
    progress_since=NOW,
)
WARNED = replace(RECORD, told_deadline=DEADLINE, told_step=6 * HOUR)


def finishing(late: timedelta, spread: timedelta) -> Forecast:
    finish = DEADLINE + late
    return Forecast(
        finish=finish,
        earliest=finish - spread,
        latest=finish + spread,
        rate=0.1,
        made_at=NOW,
        known_for=HOUR,
    )


@pytest.mark.parametrize(
    ("late", "spread", "word"),
    [
        (timedelta(minutes=31), HOUR, "may be late"),
        (5 * HOUR, HOUR, "will be late"),
    ],
)
def test_status_says_of_a_late_job_what_the_page_says_once_that_was_told(
    late: timedelta, spread: timedelta, word: str
) -> None:
    outlook = finishing(late, spread)
    row = job_row(AccountJob(account="default", record=WARNED), NOW, outlook=outlook)
    assert f"{word}: forecast " in row.remark
    # Nobody was told yet: a young forecast may well change.
    assert job_row(AccountJob(account="default", record=RECORD), NOW, outlook=outlook).remark == ""


def test_a_job_that_has_not_begun_says_how_much_of_its_time_is_over() -> None:
    job = replace(RECORD.job, progress=0.0, job_deadline=NOW + 2 * HOUR)
    began = NOW - 22 * HOUR
    idle = replace(RECORD, job=job, progress_since=began, status_since=began, first_seen_at=began)
    row = job_row(AccountJob(account="default", record=idle), NOW)
    assert row.remark == "not begun in 22h, 91% of its time"


def test_a_job_that_stands_still_has_no_forecast_but_says_for_how_long() -> None:
    since = NOW - 3 * HOUR
    still = replace(RECORD, progress_since=since, stalled_since=since)
    outlook = finishing(-HOUR, timedelta(minutes=5))
    row = job_row(AccountJob(account="default", record=still), NOW, outlook=outlook)
    assert row.forecast == NOTHING
    assert row.remark.endswith("no progress for 3h")
    moving = job_row(AccountJob(account="default", record=RECORD), NOW, outlook=outlook)
    assert moving.forecast == "in 5h"
