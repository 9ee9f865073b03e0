from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from batchbell.core.event import EventKind, Severity
from batchbell.core.facts import OutlookFacts
from batchbell.core.job import BatchJob
from batchbell.core.outlook import NoForecast, Obstacle
from batchbell.core.rules import Rules
from tests.fakes import MINUTE, START, kinds
from tests.watched import TICK, WatchedWorld, watched

HOUR = timedelta(hours=1)
DEADLINE = START + 24 * HOUR
JOB = BatchJob(
    id="job-1", status="IN_PROGRESS", progress=0.5, created_at=START, job_deadline=DEADLINE
)
DONE = replace(JOB, status="COMPLETED", output_file_id="file-out")


def due_in(left: timedelta, job: BatchJob = JOB) -> BatchJob:
    """Return the job with a deadline so long after the next poll of a new world."""
    return replace(job, job_deadline=START + MINUTE + left)


def watched_until(left: timedelta, **fields: object) -> WatchedWorld:
    """Return a world whose last poll was so long before the deadline."""
    world = watched(due_in(left, replace(JOB, **fields)))  # type: ignore[arg-type]  # any field
    world.told.clear()
    return world


# Steps.


@pytest.mark.parametrize("step", [6 * HOUR, HOUR, 15 * MINUTE])
def test_each_step_is_told_by_a_tick_within_a_tick_of_its_moment(step: timedelta) -> None:
    world = watched_until(step + 10 * MINUTE)
    assert world.ticks(10 * MINUTE - TICK) == []
    (event,) = world.tick()
    assert event.kind is EventKind.DEADLINE_APPROACHING
    assert event.facts.deadline.step == event.facts.deadline.time_left == step
    following = {6 * HOUR: HOUR, HOUR: 15 * MINUTE, 15 * MINUTE: 0 * MINUTE}[step]
    assert event.facts.deadline.next_ring == world.now + step - following
    assert world.ticks(10 * MINUTE) == []


def test_a_poll_tells_a_step_too() -> None:
    world = watched_until(HOUR + 2 * MINUTE)
    job = world.record().job
    assert world.poll(job) == []
    assert kinds(world.poll(job)) == ["batch.deadline_approaching"]
    assert world.poll(job) == []
    assert world.tick() == []


@pytest.mark.parametrize("status", ["VALIDATING", "IN_PROGRESS"])
def test_a_step_knows_since_when_a_job_stands_still_that_was_told_to(status: str) -> None:
    job = due_in(8.5 * HOUR, replace(JOB, status=status, progress=0.0))
    *_, stalled, step = watched(job).stands(job, during=3 * HOUR)
    assert kinds([stalled, step]) == ["batch.stalled", "batch.deadline_approaching"]
    assert step.facts.stall.since == stalled.facts.stall.since is not None


def test_of_several_steps_that_are_past_only_the_tightest_is_told() -> None:
    world = watched_until(7 * HOUR)
    (event,) = world.tick(after=7 * HOUR - 10 * MINUTE)
    assert event.facts.deadline.step == 15 * MINUTE
    assert kinds(world.tick(after=10 * MINUTE)) == ["batch.deadline_missed"]


def test_after_a_long_sleep_only_the_missed_deadline_is_told() -> None:
    world = watched_until(7 * HOUR)
    assert kinds(world.tick(after=9 * HOUR)) == ["batch.deadline_missed"]
    assert world.ticks(HOUR) == []


def test_a_job_first_seen_late_is_warned_of_once() -> None:
    world = watched()
    told = world.poll(due_in(40 * MINUTE))
    assert kinds(told)[-1] == "batch.deadline_approaching"
    assert world.ticks(20 * MINUTE) == []


def test_a_running_job_of_the_first_poll_is_warned_of_at_once() -> None:
    told = WatchedWorld().poll(due_in(40 * MINUTE))
    assert kinds(told) == ["account.watching", "batch.deadline_approaching"]
    assert told[1].silent_because is None


def test_the_key_of_a_step_is_the_deadline_and_the_step() -> None:
    _, event = WatchedWorld().poll(due_in(HOUR))
    assert event.qualifier == "2026-11-23T13:01:00.000000Z 3600s"


def test_a_warning_carries_all_that_helps_to_decide() -> None:
    world = watched()
    deadline = START + 14 * HOUR + 30 * MINUTE
    for hour in range(8):
        world.poll(replace(JOB, progress=hour / 20, job_deadline=deadline), after=HOUR)
    world.told.clear()
    (event,) = world.tick(after=30 * MINUTE)
    assert event.severity is Severity.WARNING
    assert event.job == world.record().job
    assert event.facts.deadline.time_left == timedelta(hours=5, minutes=59)
    assert event.facts.deadline.poll_age == 30 * MINUTE
    assert event.facts.outlook.finish is not None
    assert event.facts.outlook.rate is not None


def test_a_warning_without_a_forecast_says_why_there_is_none() -> None:
    world = watched(due_in(HOUR + MINUTE, replace(JOB, status="VALIDATING", progress=None)))
    (event,) = world.tick(after=90 * timedelta(seconds=1))
    none = NoForecast(obstacle=Obstacle.NOT_IN_PROGRESS)
    assert event.facts.outlook == OutlookFacts(made=none)
    assert event.facts.deadline.poll_age == timedelta(seconds=90)


def test_a_warning_without_a_forecast_says_how_fast_it_went_so_far() -> None:
    old = replace(JOB, created_at=START + MINUTE - 23 * HOUR, progress=0.23)
    _, event = WatchedWorld().poll(due_in(HOUR, old))
    assert event.facts.outlook.rate == pytest.approx(0.01)


def test_no_warnings_are_configured() -> None:
    world = watched(due_in(7 * HOUR), rules=Rules(deadline_warnings=()))
    assert kinds(world.ticks(7 * HOUR)) == ["batch.deadline_missed"]


def test_a_new_tighter_step_is_told_and_a_wider_one_is_not() -> None:
    world = watched_until(40 * MINUTE)
    world.tick()
    world.rules = Rules(deadline_warnings=(2 * HOUR,))
    assert world.tick() == []
    world.rules = Rules(deadline_warnings=(2 * HOUR, 45 * MINUTE))
    assert [event.facts.deadline.step for event in world.tick()] == [45 * MINUTE]


def test_a_job_without_a_deadline_never_raises() -> None:
    world = watched(replace(JOB, job_deadline=None))
    assert world.ticks(2 * HOUR) == []
    assert world.tick(after=timedelta(days=400)) == []


def test_a_clock_set_back_tells_no_step_again() -> None:
    world = watched_until(2 * HOUR)
    assert len(world.tick(after=HOUR)) == 1
    assert world.tick(after=-2 * HOUR) == []
    assert world.ticks(3 * HOUR - 20 * MINUTE) == []


# Moved deadlines.


@pytest.mark.parametrize(
    ("by", "told"),
    [(-60, []), (60, []), (61, [60]), (-61, [60]), (-2700, [15]), (3600 * 6, [])],
)
def test_a_deadline_has_moved_if_it_differs_by_over_a_minute(by: int, told: list[int]) -> None:
    world = watched()
    job = due_in(50 * MINUTE)
    world.poll(job, after=timedelta(seconds=1))
    job = replace(job, job_deadline=START + 51 * MINUTE + timedelta(seconds=by))
    assert [event.facts.deadline.step for event in world.poll(job, after=TICK)] == [
        minutes * MINUTE for minutes in told
    ]


def test_a_deadline_that_drifts_by_seconds_keeps_its_key() -> None:
    world = watched()
    job = due_in(50 * MINUTE)
    (first,) = [one for one in world.poll(job) if one.kind is EventKind.DEADLINE_APPROACHING]
    world.poll(replace(job, job_deadline=START + 51 * MINUTE + timedelta(seconds=40)))
    (second,) = world.ticks(40 * MINUTE)
    assert first.qualifier.partition(" ")[0] == second.qualifier.partition(" ")[0]


def test_a_missed_deadline_that_is_extended_is_armed_again() -> None:
    world = watched_until(MINUTE)
    assert kinds(world.tick(after=2 * MINUTE)) == ["batch.deadline_missed"]
    assert world.poll(replace(JOB, job_deadline=DEADLINE)) == []
    assert kinds(world.tick(after=DEADLINE - world.now)) == ["batch.deadline_missed"]


# Missed.


def test_a_missed_deadline_is_told_once_with_the_deadline_as_its_time_and_key() -> None:
    world = watched_until(5 * MINUTE)
    (event,) = world.ticks(10 * MINUTE)
    assert event.kind is EventKind.DEADLINE_MISSED
    assert event.severity is Severity.FAILURE
    assert event.qualifier == "2026-11-23T12:06:00.000000Z"
    assert event.happened_at == START + 6 * MINUTE
    assert event.facts.deadline.time_left is None
    assert event.facts.deadline.step is None


def test_a_deadline_missed_before_the_first_poll_is_recorded_and_nobody_told() -> None:
    world = WatchedWorld()
    _, missed = world.poll(due_in(-HOUR))
    assert missed.kind is EventKind.DEADLINE_MISSED
    assert missed.silent_because == "first poll: missed before batchbell watched"
    assert world.ticks(HOUR) == []


def test_a_job_first_seen_after_its_deadline_is_told() -> None:
    world = watched()
    told = world.poll(due_in(-HOUR))
    assert kinds(told)[-1] == "batch.deadline_missed"
    assert told[-1].silent_because is None


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "EXPIRED", "CANCELLED"])
def test_after_an_end_no_deadline_is_told(status: str) -> None:
    world = watched_until(7 * HOUR)
    world.poll(replace(world.record().job, status=status, output_file_id="file-out"))
    assert world.tick(after=6 * HOUR) == []
    assert world.tick(after=2 * HOUR) == []


def test_an_end_is_final_for_the_rules_when_the_api_flaps() -> None:
    world = watched_until(7 * HOUR)
    running = world.record().job
    world.poll(replace(DONE, job_deadline=running.job_deadline))
    world.poll(running)
    assert world.tick(after=9 * HOUR) == []


def test_an_unknown_status_does_not_hide_a_deadline() -> None:
    world = watched_until(HOUR + MINUTE, status="PAUSED")
    assert kinds(world.tick(after=2 * MINUTE)) == ["batch.deadline_approaching"]


# At risk.


def slow(part: float, *, deadline: timedelta) -> BatchJob:
    """Return a job that was created at the start and has done so much."""
    return replace(JOB, progress=part, job_deadline=START + deadline)


def crawling(deadline: timedelta, *, hours: int = 8) -> WatchedWorld:
    """Return a world with a job that does two percent an hour."""
    world = watched(slow(0.0, deadline=deadline))
    for hour in range(1, hours + 1):
        world.stands(slow(0.02 * hour, deadline=deadline), during=HOUR, every=10 * MINUTE)
    return world


def test_a_forecast_past_the_deadline_is_told_once() -> None:
    world = crawling(24 * HOUR)
    assert kinds(world.told) == ["batch.at_risk"]
    assert world.record().at_risk
    (event,) = world.told
    assert event.qualifier == "2026-11-24T12:00:00.000000Z"
    assert event.facts.deadline.step is None
    assert event.facts.deadline.time_left is not None
    assert None not in (
        event.facts.outlook.earliest,
        event.facts.outlook.finish,
        event.facts.outlook.latest,
        event.facts.outlook.rate,
    )


def test_a_job_that_catches_up_is_at_risk_no_more_and_nobody_is_told() -> None:
    world = crawling(30 * HOUR)
    world.told.clear()
    for part in range(3, 20):
        world.stands(slow(part / 20, deadline=30 * HOUR), during=HOUR / 2, every=10 * MINUTE)
    assert not world.record().at_risk
    assert set(kinds(world.told)) == {"batch.progress"}


def test_once_a_step_was_told_the_risk_is_not() -> None:
    world = crawling(5 * HOUR, hours=4)
    assert kinds(world.told) == ["batch.deadline_approaching"]
    assert world.record().at_risk


def test_a_step_and_the_risk_are_never_told_in_one_decision() -> None:
    world = watched(slow(0.0, deadline=24 * HOUR))
    world.samples["job-1"] = [(START + hour * HOUR, 0.01 * hour) for hour in range(18)]
    told = world.poll(slow(0.18, deadline=24 * HOUR), after=18 * HOUR)
    assert kinds(told) == ["batch.deadline_approaching"]


def test_the_risk_of_a_moved_deadline_is_told_again() -> None:
    world = crawling(24 * HOUR)
    world.stands(slow(0.16, deadline=26 * HOUR), during=HOUR)
    assert kinds(world.told) == ["batch.at_risk", "batch.at_risk"]


def test_an_outage_teaches_nothing_about_the_risk() -> None:
    world = watched(slow(0.0, deadline=24 * HOUR))
    for hour in range(1, 5):
        world.poll(slow(0.1 * hour, deadline=24 * HOUR), after=HOUR)
    world.told.clear()
    assert "batch.at_risk" not in kinds(world.ticks(12 * HOUR))


def test_an_end_clears_the_risk() -> None:
    world = crawling(24 * HOUR)
    world.poll(DONE)
    assert not world.record().at_risk
