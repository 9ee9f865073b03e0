from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.cli.terminal.job_done import NOTHING
from batchbell.cli.terminal.job_rows import job_row
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
    ("late", "spread", "words"),
    [
        (timedelta(minutes=31), HOUR, "may be about 30m late"),
        (5 * HOUR, HOUR, "about 5h late"),
    ],
)
def test_status_says_of_a_late_job_how_late_it_will_be_once_that_was_told(
    late: timedelta, spread: timedelta, words: str
) -> None:
    outlook = finishing(late, spread)
    row = job_row(AccountJob(account="default", record=WARNED), NOW, outlook=outlook)
    assert row.remark == words
    # Nobody was told yet: a young forecast may well change.
    assert job_row(AccountJob(account="default", record=RECORD), NOW, outlook=outlook).remark == ""


def test_a_job_that_has_not_begun_says_how_much_of_its_time_is_over() -> None:
    job = replace(RECORD.job, progress=0.0, job_deadline=NOW + 2 * HOUR)
    began = NOW - 22 * HOUR
    idle = replace(RECORD, job=job, progress_since=began, status_since=began, first_seen_at=began)
    row = job_row(AccountJob(account="default", record=idle), NOW)
    assert row.remark == "nothing done in 22h, 91% of its time"


def test_of_a_job_that_is_waited_for_no_longer_it_is_said_what_is_left_and_until_when() -> None:
    since = NOW - 4.1 * HOUR
    job = replace(RECORD.job, progress=0.309, job_deadline=NOW + 6 * HOUR)
    still = replace(RECORD, job=job, progress_since=since, stalled_since=since)
    row = job_row(AccountJob(account="default", record=still), NOW)
    assert row.act == "Cancel it now"
    assert row.remark == "no progress for 4h 6m, 69.1% left"
    nearly = replace(still, job=replace(job, progress=0.9996))
    row = job_row(AccountJob(account="default", record=nearly), NOW)
    assert (row.percent, row.remark) == ("99.9%", "no progress for 4h 6m, 0.1% left")


def test_a_job_that_stands_still_has_no_forecast_but_says_for_how_long() -> None:
    since = NOW - 3 * HOUR
    still = replace(RECORD, progress_since=since, stalled_since=since)
    outlook = finishing(-HOUR, timedelta(minutes=5))
    row = job_row(AccountJob(account="default", record=still), NOW, outlook=outlook)
    assert row.forecast == NOTHING
    assert row.remark.endswith("no progress for 3h")
    moving = job_row(AccountJob(account="default", record=RECORD), NOW, outlook=outlook)
    assert moving.forecast == "in 5h"


def test_a_job_at_risk_that_stands_still_says_for_how_long_and_forecasts_nothing() -> None:
    since = NOW - 2.6 * HOUR
    still = replace(WARNED, progress_since=since, stalled_since=since, at_risk=True)
    outlook = finishing(29 * HOUR, HOUR)
    row = job_row(AccountJob(account="default", record=still), NOW, outlook=outlook)
    assert (row.act, row.forecast, row.remark) == (
        "Cancel it now",
        NOTHING,
        "no progress for 2h 36m, 50.0% left",
    )


def test_how_late_an_overdue_job_will_be_is_its_delay_and_its_forecast() -> None:
    due = NOW - timedelta(minutes=54)
    over = replace(RECORD, job=replace(RECORD.job, job_deadline=due))
    outlook = replace(finishing(-HOUR, HOUR), finish=NOW + timedelta(hours=3, minutes=36))
    row = job_row(AccountJob(account="default", record=over), NOW, outlook=outlook)
    assert (row.when, row.forecast) == ("overdue 54m", "in 3h 36m")
    assert row.remark == "about 4h 30m late, may expire at any time"


def test_of_a_job_at_risk_nobody_may_know_how_late_it_will_be() -> None:
    risky = replace(RECORD, at_risk=True)
    row = job_row(AccountJob(account="default", record=risky), NOW)
    assert row.remark == "forecast past its deadline"


def test_the_line_to_repair_is_named_once_and_a_mute_behind_the_reason() -> None:
    failed = replace(
        RECORD, job=replace(RECORD.job, status="FAILED", error="line 212: invalid JSON")
    )
    item = AccountJob(account="default", record=failed)
    told = job_row(item, NOW, note="muted until tomorrow")
    assert told.told == "repair line 212, submit again; invalid JSON; muted until tomorrow"
    assert job_row(item, NOW, note="acknowledged", is_seen=True).told == (
        "acknowledged; line 212: invalid JSON"
    )
