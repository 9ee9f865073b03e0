from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from batchbell.core.job import BatchJob
from batchbell.core.outlook import NoForecast, Obstacle
from batchbell.store.views import status
from tests.web.site import HOUR, MINUTE, Site

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from batchbell.store.database import Transaction
    from batchbell.store.job_rows import AccountJob

JOB = BatchJob(id="batch-1", status="IN_PROGRESS", progress=0.0)


def polled(site: Site, *progress: float, job: BatchJob = JOB, at_risk: bool = False) -> None:
    """Let the job be seen with each progress, ten minutes apart; the last is now."""
    started = replace(site.record(job), at_risk=at_risk)
    for step, done in enumerate(progress):
        if step:
            site.clock.advance(10 * MINUTE)
        moved = replace(job, progress=done)
        site.has(replace(started, job=moved, progress_since=site.now, last_seen_at=site.now))


async def test_a_job_that_moves_shows_when_it_will_be_done_and_the_range(site: Site) -> None:
    polled(site, *(step / 20 for step in range(11)))
    seen = await site.seen()
    # Half is done after 100 minutes: the rest takes as long.
    assert "forecast in 1h 40m" in seen.text
    found = [time["datetime"] for time in seen.all("time")]
    assert "2026-11-23T15:20:00.000Z" in found
    _, _, after = seen.text.partition("forecast in 1h 40m ")
    earliest, to, latest, zone = after.split()[:4]
    assert (to, zone) == ("to", "UTC")
    assert "13:40" < earliest < "15:20" < latest


async def test_a_range_that_reaches_into_another_day_names_the_days(site: Site) -> None:
    polled(site, *(step / 100 for step in range(11)))
    seen = await site.seen()
    assert "2026-11-24" in seen.text.partition(" to ")[2]


async def test_of_a_range_of_days_only_the_beginning_is_named(site: Site) -> None:
    polled(site, *(step / 1000 for step in range(11)))
    seen = await site.seen()
    assert re.search(r"forecast in \S+( \S+)? not before 2026-11-2\d \d\d:\d\d UTC", seen.text)


async def test_with_too_little_progress_it_says_that_it_cannot_tell_and_why(site: Site) -> None:
    polled(site, 0.0, 0.1)
    seen = await site.seen()
    assert (
        "forecast can't say yet when it will be done: too little of its progress was seen"
        in seen.text
    )


async def test_without_a_forecast_it_says_what_the_deadline_asks_for(site: Site) -> None:
    job = replace(JOB, job_deadline=site.now + 20 * MINUTE)
    polled(site, 0.0, 0.5, job=job)
    seen = await site.seen()
    assert "too little of its progress was seen; 50.0% are left to do in 10m" in seen.text


async def test_what_waits_in_the_queue_is_forecast_in_words_only_where_its_deadline_is_near(
    site: Site,
) -> None:
    waits = BatchJob(id="batch-1", status="VALIDATING", job_deadline=site.now + 20 * HOUR)
    polled(site, 0.0, job=waits)
    for path in ("/", "/jobs/default/batch-1"):
        seen = await site.seen(path)
        assert "VALIDATING" in seen.text
        assert "can't say yet" not in seen.text
    polled(site, 0.0, job=replace(waits, job_deadline=site.now + 30 * MINUTE))
    for path in ("/", "/jobs/default/batch-1"):
        seen = await site.seen(path)
        assert (
            "can't say yet when it will be done: it is not in progress; all of it is" in seen.text
        )


async def test_a_running_jobs_time_line_has_its_hours_and_a_key(site: Site) -> None:
    polled(site, 0.0, job=replace(JOB, job_deadline=site.now + 6 * HOUR))
    seen = await site.seen()
    key, hours = (
        "done, by the forecast likely range deadline",
        "\u22121d \u22126h now +1h +3h +6h +12h +1d",
    )
    assert f"{key} {hours}" in seen.text


async def test_a_job_that_takes_more_than_a_month_gets_no_date(site: Site) -> None:
    polled(site, *(step / 1_000_000 for step in range(0, 55, 5)))
    assert "forecast not within 30 days" in (await site.seen()).text


async def test_a_job_at_risk_is_remarked_upon(site: Site) -> None:
    job = replace(JOB, job_deadline=site.now + 3 * HOUR)
    polled(site, *(step / 20 for step in range(6)), job=job, at_risk=True)
    seen = await site.seen()
    assert "done about 15:20 UTC, 20m after its 15:00 UTC deadline" in seen.text
    assert "at risk" not in seen.text
    assert "forecast in 2h 30m" in seen.text
    # The deadline is in 2h 10m.
    assert seen.all("rect", "late")
    assert len(seen.all("span", "late")) == 2


async def test_what_a_warning_of_the_deadline_said_of_a_late_forecast_stands_there_too(
    site: Site,
) -> None:
    job = replace(JOB, job_deadline=site.now + 3 * HOUR)
    late = "done about 15:20 UTC, 20m after its 15:00 UTC deadline"
    polled(site, *(step / 20 for step in range(6)), job=job)
    # Nobody was told yet: a young forecast may well change.
    assert late not in (await site.seen()).text
    warned = site.record(replace(job, progress=0.25))
    site.has(replace(warned, told_deadline=job.job_deadline, told_step=6 * HOUR))
    assert f"may be late: {late}" in (await site.seen()).text


async def test_a_job_at_risk_that_has_caught_up_says_both(site: Site) -> None:
    job = replace(JOB, job_deadline=site.now + 4 * HOUR)
    polled(site, *(step / 20 for step in range(6)), job=job, at_risk=True)
    assert (
        "at risk: done about 15:20 UTC, 40m before its 16:00 UTC deadline"
        in (await site.seen()).text
    )


async def test_what_stands_still_says_so_what_it_needs_and_by_when(site: Site) -> None:
    since = site.ago(42 * MINUTE)
    for progress, says in (
        (0.43, "no progress for 42m, needs 14 %/h, due 16:00 UTC"),
        (0.0, "no progress for 42m, needs 25 %/h, due 16:00 UTC"),
    ):
        job = replace(JOB, progress=progress, job_deadline=site.now + 4 * HOUR)
        record = replace(site.record(job), status_since=since, progress_since=since, at_risk=True)
        site.has(replace(record, flat_for=42 * MINUTE))
        assert f"at risk: {says}" in (await site.seen()).text.replace("\u00a0", " ")


async def test_what_has_not_begun_and_can_t_make_it_says_for_how_long(site: Site) -> None:
    job = replace(JOB, progress=0.0, job_deadline=site.now + 4 * HOUR)
    since = site.ago(5 * HOUR)
    record = replace(site.record(job), status_since=since, progress_since=since)
    site.has(replace(record, flat_for=5 * HOUR))
    assert "will probably miss it: nothing done in 5h, due 16:00 UTC" in (await site.seen()).text


async def test_before_a_close_deadline_it_says_what_the_forecast_leaves(site: Site) -> None:
    job = replace(JOB, job_deadline=site.now + 125 * MINUTE)
    polled(site, *(step / 11 for step in range(11)), job=job)
    seen = await site.seen()
    assert "91%, deadline in 25m, 14:05 UTC, done about 13:50 UTC, 15m to spare" in seen.text
    # The row says its deadline once.
    assert "Let it run done about 13:50 UTC, 15m to spare" in seen.text
    assert seen.text.count("in 25m") == 2


async def test_a_close_deadline_and_its_risk_are_both_said(site: Site) -> None:
    job = replace(JOB, job_deadline=site.now + 37 * MINUTE)
    site.has(replace(site.record(job), at_risk=True))
    seen = await site.seen()
    assert "deadline in 37m, 12:37 UTC, at risk: all of it is left to do in 37m" in seen.text


async def test_a_close_deadline_is_a_time_without_a_day_also_over_midnight(site: Site) -> None:
    site.clock.advance(700 * MINUTE)
    site.has(replace(JOB, job_deadline=site.now + 37 * MINUTE))
    assert "deadline in 37m, 00:17 UTC" in (await site.seen()).text


async def test_the_verdict_says_that_a_job_near_its_deadline_stands_still(site: Site) -> None:
    job = replace(JOB, progress=0.43, job_deadline=site.now + 37 * MINUTE)
    since = site.ago(42 * MINUTE)
    record = replace(site.record(job), status_since=since, progress_since=since)
    site.has(replace(record, flat_for=42 * MINUTE))
    seen = await site.seen()
    assert (
        "43%, deadline in 37m, 12:37 UTC, will probably miss it: needs 92 %/h, no progress for 42m"
        in seen.text
    )
    assert seen.text.partition("as of")[0].count("no progress for 42m") == 1
    # Its row says that once, too: it has no forecast beside it.
    assert seen.text.partition("as of")[2].count("42m") == 1
    assert not seen.all("div", "forecast")


@pytest.mark.parametrize("deadline", [None, -MINUTE])
async def test_without_a_deadline_ahead_no_risk_is_spoken_of(
    site: Site, deadline: timedelta | None
) -> None:
    due = None if deadline is None else site.now + deadline
    site.has(replace(site.record(replace(JOB, job_deadline=due)), at_risk=True))
    assert "at risk" not in (await site.seen()).text


async def test_a_finished_job_has_no_forecast(site: Site) -> None:
    site.has(BatchJob(id="done", status="COMPLETED", progress=1.0))
    assert "forecast" not in (await site.seen()).text


async def test_of_many_running_jobs_only_the_shown_ones_are_forecast(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def outlooks(
        _connection: Transaction, items: Sequence[AccountJob], _now: datetime, _remembered: object
    ) -> dict[tuple[str, str], NoForecast]:
        asked.extend(item.record.job.id for item in items)
        none = NoForecast(obstacle=Obstacle.TOO_FEW_SAMPLES)
        return {(item.account, item.record.job.id): none for item in items}

    monkeypatch.setattr(status, "outlooks", outlooks)
    site.has(*(replace(JOB, id=f"run-{n:03}") for n in range(250)))
    seen = await site.seen("/?running=3")
    assert asked == [f"run-{n:03}" for n in range(50, 75)]
    assert (
        "forecast can't say yet when it will be done: too little of its progress was seen"
        in seen.text
    )
