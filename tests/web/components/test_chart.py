"""The drawing of a job's progress: how far it reaches, and where its lines have their names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.core.job import BatchJob
from batchbell.core.outlook import Forecast
from batchbell.core.snapshot import JobRecord
from batchbell.web.components.chart import Chart, chart
from batchbell.web.components.chart_marks import marks

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEGUN = NOW - 10 * HOUR
SAMPLES = [(BEGUN + n * HOUR, n / 20) for n in range(11)]
JOB = BatchJob(id="batch-1", status="IN_PROGRESS", progress=0.5, created_at=BEGUN)
RECORD = JobRecord(
    job=JOB, first_seen_at=BEGUN, last_seen_at=NOW, status_since=BEGUN, progress_since=NOW
)


def forecast(*, latest: timedelta) -> Forecast:
    return Forecast(
        finish=NOW + 10 * HOUR,
        earliest=NOW + 8 * HOUR,
        latest=NOW + latest,
        rate=0.05,
        made_at=NOW,
        known_for=10 * HOUR,
    )


def drawn(record: JobRecord, outlook: Forecast | None = None) -> Chart:
    found = chart(record, SAMPLES, outlook, [], NOW)
    assert found is not None
    return found


def test_the_drawing_reaches_the_end_of_the_likely_range() -> None:
    found = drawn(RECORD, forecast(latest=16 * HOUR))
    assert found.likely is not None
    assert found.likely.start + found.likely.width < 100
    assert not found.is_latest_beyond
    assert found.cone.count(" ") == 2


@pytest.mark.parametrize("left", [HOUR / 4, HOUR, 2 * HOUR])
def test_the_name_of_a_near_deadline_does_not_stand_over_now(left: timedelta) -> None:
    found = drawn(replace(RECORD, job=replace(JOB, job_deadline=NOW + left)))
    assert {mark.name: mark.side for mark in found.marks} == {"now": "left", "deadline": "right"}


def test_a_range_that_goes_on_for_days_is_cut_and_said_to_go_on() -> None:
    found = drawn(RECORD, forecast(latest=200 * HOUR))
    assert found.likely is not None
    assert found.likely.start + found.likely.width == pytest.approx(100)
    assert found.is_latest_beyond
    *_, edge = found.cone.split(" ")
    across, below_all = map(float, edge.split(","))
    assert across == 1000
    assert 0 < below_all < 500


def test_of_a_job_that_has_ended_a_deadline_ahead_is_not_drawn() -> None:
    ended = replace(
        JOB, status="COMPLETED", progress=1.0, completed_at=NOW, job_deadline=NOW + 14 * HOUR
    )
    found = drawn(replace(RECORD, job=ended))
    assert found.deadline is None
    assert [mark.name for mark in found.marks] == ["ended"]
    assert found.until_at > 90
    over = drawn(replace(RECORD, job=replace(ended, job_deadline=NOW - HOUR)))
    assert [mark.name for mark in over.marks] == ["ended", "deadline"]


@pytest.mark.parametrize(
    ("at", "deadline", "sides"),
    [
        (61.0, 63.0, {"now": "left", "deadline": "right"}),
        (96.0, 97.0, {"now": "left", "deadline": "left"}),
        (91.0, 86.0, {"now": "right", "deadline": "left"}),
        (60.0, 5.0, {"now": "right", "deadline": "right"}),
        (1.0, 50.0, {"now": "right", "deadline": "right"}),
        (97.0, None, {"now": "right"}),
        (99.0, None, {"now": "left"}),
    ],
)
def test_each_line_has_its_name_beside_it_and_away_from_the_other(
    at: float, deadline: float | None, sides: dict[str, str]
) -> None:
    found = list(marks("now", at, deadline))
    assert {mark.name: mark.side for mark in found} == sides
    assert {mark.at for mark in found} == {at, deadline} - {None}
