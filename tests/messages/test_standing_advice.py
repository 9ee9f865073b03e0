"""What helps with a job as it stands: its end, its oddity, its deadline, in this order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.core.facts import Facts
from batchbell.core.job import BatchJob
from batchbell.core.outlook import Forecast, NoForecast, Obstacle
from batchbell.core.snapshot import JobRecord
from batchbell.messages.standing_advice import what_helps
from batchbell.providers.together.words import WORDS
from tests.fakes import START

HOUR = timedelta(hours=1)
JOB = BatchJob(id="job-1", status="IN_PROGRESS", progress=0.5, job_deadline=START + 3 * HOUR)
RECORD = JobRecord(
    job=JOB, first_seen_at=START, last_seen_at=START, status_since=START, progress_since=START
)
UNSURE = NoForecast(obstacle=Obstacle.TOO_FEW_SAMPLES)
WARNED = replace(sample(EventKind.DEADLINE_APPROACHING, START), facts=Facts())
WILL_EXPIRE = WORDS.advice[EventKind.AT_RISK]
IN_TIME = "Nothing to do now: it should be done in time."


def forecast(finish: timedelta, latest: timedelta | None = None) -> Forecast:
    return Forecast(
        finish=START + finish,
        earliest=START,
        latest=START + (latest or finish),
        rate=0.1,
        made_at=START,
        known_for=HOUR,
    )


def due_in(left: timedelta) -> JobRecord:
    return replace(RECORD, job=replace(JOB, job_deadline=START + left))


def test_what_will_be_late_by_its_forecast_will_probably_expire() -> None:
    for told in ([], [WARNED]):
        assert what_helps(RECORD, forecast(4 * HOUR), told, WORDS, START) == WILL_EXPIRE


def test_a_job_at_risk_will_probably_expire_whatever_was_told_last() -> None:
    record = replace(RECORD, at_risk=True)
    assert what_helps(record, UNSURE, [WARNED], WORDS, START) == WILL_EXPIRE


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (due_in(-HOUR), EventKind.DEADLINE_MISSED),
        (replace(RECORD, stalled_since=START), EventKind.STALLED),
        (replace(due_in(-HOUR), stalled_since=START), EventKind.DEADLINE_MISSED),
    ],
)
def test_what_stands_badly_asks_for_what_its_event_asks_for(
    record: JobRecord, kind: EventKind
) -> None:
    assert what_helps(record, UNSURE, [], WORDS, START) == WORDS.advice[kind]


def test_with_time_to_spare_nothing_is_to_do_once_a_deadline_is_spoken_of() -> None:
    assert what_helps(RECORD, forecast(HOUR), [WARNED], WORDS, START) == IN_TIME
    close = due_in(HOUR)
    assert what_helps(close, forecast(HOUR / 2), [], WORDS, START) == IN_TIME
    assert what_helps(RECORD, forecast(HOUR), [], WORDS, START) == ""
    just = what_helps(RECORD, forecast(HOUR, latest=4 * HOUR), [WARNED], WORDS, START)
    assert just.startswith("Nothing to do now: it should just be done in time; if not, ")


def test_without_a_sure_forecast_the_last_event_asks() -> None:
    may_expire = WORDS.advice[EventKind.DEADLINE_APPROACHING]
    for outlook in (UNSURE, None):
        assert what_helps(RECORD, outlook, [WARNED], WORDS, START) == may_expire
    free = replace(RECORD, job=replace(JOB, job_deadline=None))
    assert what_helps(free, forecast(HOUR), [], WORDS, START) == ""


def test_an_end_asks_by_its_own_event() -> None:
    ended = replace(RECORD, at_risk=True, job=replace(JOB, status="COMPLETED", output_file_id="o"))
    done = sample(EventKind.COMPLETED, START)
    assert what_helps(ended, None, [WARNED, done], WORDS, START) == "Fetch its output."
