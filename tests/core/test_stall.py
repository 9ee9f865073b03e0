from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.event import EventKind
from batchbell.core.forecast.expectation import WaitsFor
from batchbell.core.forecast.prospect import prospect_of
from batchbell.core.job import BatchJob
from batchbell.core.rules import Rules
from batchbell.core.stall import announce_stall
from batchbell.messages.prospect_advice import act_of, prospect_at
from batchbell.messages.prospect_decision import Act
from tests.fakes import MINUTE, START, kinds
from tests.watched import WatchedWorld, watched

if TYPE_CHECKING:
    from batchbell.core.event import Event

HOUR = timedelta(hours=1)
JOB = BatchJob(id="job-1", status="IN_PROGRESS", progress=0.5, created_at=START)
RULES = Rules(deadline_warnings=(), stalled_after=2 * HOUR, grace_period=5 * MINUTE)


def world_of(*jobs: BatchJob) -> WatchedWorld:
    return watched(*jobs, rules=RULES)


def stalled() -> WatchedWorld:
    """Return a world whose job's stall was just told; it began a minute after the start."""
    world = world_of(JOB)
    assert kinds(world.stands(JOB, during=2 * HOUR)) == ["batch.stalled"]
    world.told.clear()
    return world


@pytest.mark.parametrize("status", ["IN_PROGRESS", "VALIDATING", "CANCELING"])
def test_a_job_that_does_not_move_for_long_has_stalled(status: str) -> None:
    job = replace(JOB, status=status)
    world = world_of(job)
    assert world.stands(job, during=2 * HOUR - MINUTE) == []
    (event,) = world.poll(job)
    assert event.kind is EventKind.STALLED
    assert event.qualifier == "2026-11-23T12:01:00.000000Z"
    assert event.facts.stall.since == START + MINUTE
    assert event.happened_at == world.now


def test_a_stall_near_a_deadline_says_how_fast_it_went_so_far() -> None:
    job = replace(JOB, created_at=START - 8 * HOUR, job_deadline=START + 3 * HOUR)
    *_, event = watched(job, rules=RULES).stands(job, during=2 * HOUR)
    assert event.facts.outlook.rate == pytest.approx(0.5 / (10 + 1 / 60))


def test_a_stall_of_what_has_done_nothing_is_as_old_as_the_job() -> None:
    job = replace(JOB, progress=0.0, created_at=START - 9 * HOUR)
    (event,) = world_of(job).stands(job, during=2 * HOUR)
    assert event.facts.stall.since == START - 9 * HOUR
    assert event.qualifier == "2026-11-23T12:01:00.000000Z"
    assert not event.facts.deadline.at_risk


def test_a_stall_says_that_the_job_was_late_when_it_moved() -> None:
    job = replace(JOB, job_deadline=START + 9 * HOUR)
    known = replace(world_of(job).record(), at_risk=True, flat_for=2 * HOUR)
    _, event = announce_stall(known, account="default", steps=(), now=START)
    assert event.facts.deadline.at_risk


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (16, [["batch.stalled"], ["batch.deadline_approaching"]]),
        (15, [["batch.deadline_approaching", "batch.stalled"]]),
        (1, [["batch.deadline_approaching", "batch.stalled"]]),
    ],
)
def test_a_stall_due_shortly_before_a_step_is_told_with_it(
    before: int, told: list[list[str]]
) -> None:
    job = replace(JOB, job_deadline=START + (8 * 60 + 1 + before) * MINUTE)
    world = watched(job, rules=replace(RULES, deadline_warnings=(6 * HOUR, HOUR)))
    polls = [kinds(world.poll(job)) for _ in range(150)]
    assert [sorted(each) for each in polls if each] == told
    step = next(one for one in world.told if one.kind is EventKind.DEADLINE_APPROACHING)
    # No forecast counts of a job that is told to stand still.
    assert step.facts.outlook.finish is None
    assert step.facts.stall.since == START + MINUTE


def test_a_stall_that_waits_for_a_step_is_told_with_it_though_nobody_looks_any_more() -> None:
    job = replace(JOB, job_deadline=START + 8 * HOUR + 11 * MINUTE)
    world = watched(job, rules=replace(RULES, deadline_warnings=(6 * HOUR,)))
    assert world.stands(job, during=2 * HOUR + 5 * MINUTE) == []
    told = world.ticks(10 * MINUTE)
    assert sorted(kinds(told)) == ["batch.deadline_approaching", "batch.stalled"]
    assert len({each.seen_at for each in told}) == 1


def test_a_job_that_moves_before_the_step_has_not_stalled() -> None:
    job = replace(JOB, job_deadline=START + 8 * HOUR + 11 * MINUTE)
    world = watched(job, rules=replace(RULES, deadline_warnings=(6 * HOUR,)))
    world.stands(job, during=2 * HOUR + 5 * MINUTE)
    told = world.stands(replace(job, progress=0.6), during=10 * MINUTE)
    assert kinds(told) == ["batch.deadline_approaching"]


@pytest.mark.parametrize("before", [16, 150])
def test_however_long_a_stall_takes_it_waits_a_quarter_of_an_hour_at_most(before: int) -> None:
    job = replace(JOB, job_deadline=START + 30 * HOUR + (1 + before) * MINUTE)
    world = watched(job, rules=Rules(deadline_warnings=(6 * HOUR,), stalled_after=24 * HOUR))
    world.stands(job, during=24 * HOUR)
    assert kinds(world.told)[-1] == "batch.stalled"


def test_a_step_that_moves_along_holds_no_stall_for_long() -> None:
    world = watched(JOB, rules=replace(RULES, deadline_warnings=(6 * HOUR,)))
    told: list[Event] = []
    for _ in range(140):
        due = world.now + 6 * HOUR + 11 * MINUTE
        told += world.poll(replace(JOB, job_deadline=due))
    (event,) = told
    assert event.kind is EventKind.STALLED
    assert event.seen_at == START + MINUTE + 2 * HOUR + 15 * MINUTE


def test_of_several_steps_a_stall_waits_for_the_first_and_never_for_the_deadline() -> None:
    for steps, left in ((20, 10), 150), ((), 125):
        job = replace(JOB, job_deadline=START + left * MINUTE)
        rules = replace(RULES, deadline_warnings=tuple(step * MINUTE for step in steps))
        told = watched(job, rules=rules).stands(job, during=left * MINUTE)
        stall = next(one for one in told if one.kind is EventKind.STALLED)
        assert stall.seen_at == START + (130 if steps else 121) * MINUTE


def test_a_stall_is_told_once() -> None:
    world = stalled()
    assert world.stands(JOB, during=10 * HOUR) == []
    assert world.ticks(HOUR) == []


def test_a_job_without_any_progress_stalls_too() -> None:
    job = replace(JOB, progress=None)
    assert kinds(world_of(job).stands(job, during=2 * HOUR)) == ["batch.stalled"]


def test_where_no_job_shows_progress_one_in_progress_may_stand_still_for_ever() -> None:
    rules = replace(RULES, shows_progress=False)
    for status, stalls in (("IN_PROGRESS", False), ("VALIDATING", True), ("CANCELING", True)):
        job = replace(JOB, status=status, progress=None)
        assert bool(watched(job, rules=rules).stands(job, during=3 * HOUR)) is stalls


def test_every_move_starts_the_waiting_again() -> None:
    world = world_of(JOB)
    for part in range(20):
        job = replace(JOB, progress=0.5 + part / 1000)
        assert world.stands(job, during=2 * HOUR - MINUTE) == []


def test_a_change_of_status_starts_the_waiting_again() -> None:
    world = world_of(replace(JOB, status="VALIDATING"))
    world.stands(replace(JOB, status="VALIDATING"), during=2 * HOUR - MINUTE)
    world.told.clear()
    assert kinds(world.stands(JOB, during=2 * HOUR)) == ["batch.in_progress"]


def test_a_job_first_seen_may_stand_as_long_as_any() -> None:
    old = replace(JOB, status="VALIDATING", created_at=START - timedelta(days=20))
    world = world_of(old)
    assert world.stands(old, during=2 * HOUR - MINUTE) == []
    assert kinds(world.poll(old)) == ["batch.stalled"]


def test_of_an_unknown_status_nobody_knows_whether_it_should_move() -> None:
    job = replace(JOB, status="PAUSED")
    assert world_of(job).stands(job, during=5 * HOUR) == []


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "EXPIRED", "CANCELLED"])
def test_after_an_end_nothing_stalls(status: str) -> None:
    world = world_of(JOB)
    done = replace(JOB, status=status, output_file_id="file-out")
    world.poll(done)
    assert world.stands(done, during=3 * HOUR) == []
    assert world.stands(JOB, during=3 * HOUR) == []


# Resumed.


@pytest.mark.parametrize(
    "moved",
    [
        replace(JOB, progress=0.51),
        replace(JOB, progress=0.1),
        replace(JOB, status="CANCELING"),
        replace(JOB, status="PAUSED"),
    ],
)
def test_a_stalled_job_that_moves_has_resumed(moved: BatchJob) -> None:
    world = stalled()
    resumed = [event for event in world.poll(moved) if event.kind is EventKind.RESUMED]
    assert [event.qualifier for event in resumed] == ["2026-11-23T12:01:00.000000Z"]
    assert resumed[0].facts.stall.lasted == 2 * HOUR + MINUTE
    assert EventKind.RESUMED not in {event.kind for event in world.poll(moved)}


def test_an_end_is_no_resumption() -> None:
    world = stalled()
    done = replace(JOB, status="COMPLETED", output_file_id="file-out")
    assert kinds(world.poll(done)) == ["batch.completed"]
    assert world.record().stalled_since is None


def test_a_job_that_never_stalled_does_not_resume() -> None:
    world = world_of(JOB)
    assert world.poll(replace(JOB, progress=0.51)) == []


def test_a_second_stall_is_told_again_with_its_own_start() -> None:
    world = stalled()
    moved = replace(JOB, progress=0.51)
    told = world.stands(moved, during=2 * HOUR + MINUTE)
    assert kinds(told) == ["batch.resumed", "batch.stalled"]
    assert told[1].qualifier == "2026-11-23T14:02:00.000000Z"


# Gap time.


@pytest.mark.parametrize("gap", [timedelta(hours=3), timedelta(days=3)])
def test_blind_time_never_counts(gap: timedelta) -> None:
    world = world_of(JOB)
    world.stands(JOB, during=HOUR)
    assert world.poll(JOB, after=gap) == []
    # Of the gap the grace period counts, as nobody can be seen as blind sooner.
    assert world.stands(JOB, during=HOUR - RULES.grace_period - MINUTE) == []
    assert kinds(world.poll(JOB)) == ["batch.stalled"]


def test_an_outage_never_makes_a_stall_however_long_it_ticks() -> None:
    world = world_of(JOB)
    world.stands(JOB, during=HOUR)
    assert world.ticks(5 * HOUR) == []


def test_a_tick_tells_a_stall_that_the_last_look_was_just_short_of() -> None:
    world = world_of(JOB)
    world.stands(JOB, during=2 * HOUR - 2 * MINUTE)
    assert kinds(world.ticks(2 * MINUTE)) == ["batch.stalled"]
    assert world.poll(JOB) == []


def test_an_interval_longer_than_the_stall_still_sees_it() -> None:
    world = watched(JOB, rules=replace(RULES, grace_period=timedelta(days=1)))
    assert kinds(world.poll(JOB, after=3 * HOUR)) == ["batch.stalled"]


def test_a_job_the_listing_lacks_was_not_seen_to_stand_still() -> None:
    world = world_of(JOB)
    world.stands(JOB, during=HOUR)
    told = world.stands(during=3 * HOUR)
    assert kinds(told) == ["batch.vanished"]
    assert world.stands(JOB, during=30 * MINUTE) == []


@pytest.mark.parametrize("step", [2 * HOUR, -2 * HOUR])
def test_a_stepped_clock_makes_no_stall_and_delays_none(step: timedelta) -> None:
    world = world_of(JOB)
    world.stands(JOB, during=HOUR)
    assert world.poll(JOB, after=step) == []
    assert kinds(world.stands(JOB, during=HOUR)) == ["batch.stalled"]


def test_a_stall_after_a_clock_was_set_back_has_a_start_of_its_own() -> None:
    world = stalled()
    told = world.poll(replace(JOB, progress=0.6), after=-3 * HOUR)
    assert kinds(told) == ["batch.resumed"]
    (again,) = world.stands(replace(JOB, progress=0.6), during=2 * HOUR)
    assert again.facts.stall.since == START - 59 * MINUTE


#: Of one with 20 hours left the bell rings when it was waited for long enough: no step is near.
@pytest.mark.parametrize(("left", "step"), [(20, 20 - 4 - 1 / 60), (8.5, 6), (5, 1), (2.5, 0)])
def test_a_stall_knows_when_the_bell_rings_next(left: float, step: float) -> None:
    job = replace(JOB, job_deadline=START + left * HOUR)
    rules = replace(RULES, deadline_warnings=(HOUR, 6 * HOUR))
    told = watched(job, rules=rules).stands(job, during=2 * HOUR)
    (event,) = (event for event in told if event.kind is EventKind.STALLED)
    assert event.facts.deadline.next_ring == START + (left - step) * HOUR


def test_a_stall_that_was_waited_for_long_enough_is_a_risk_told_once() -> None:
    job = replace(JOB, job_deadline=START + 20 * HOUR)
    world = world_of(job)
    (stall,) = world.stands(job, during=2 * HOUR)
    told = world.stands(job, during=3 * HOUR)
    assert kinds(told) == ["batch.at_risk"]
    assert told[0].seen_at == stall.facts.deadline.next_ring
    assert told[0].facts.stall.since == stall.facts.stall.since
    assert world.record(job.id).at_risk
    assert world.stands(job, during=HOUR) == []


def test_the_time_alone_makes_it_one() -> None:
    job = replace(JOB, job_deadline=START + 20 * HOUR)
    world = world_of(job)
    world.stands(job, during=4 * HOUR - 2 * MINUTE)
    assert kinds(world.ticks(4 * MINUTE)) == ["batch.at_risk"]


@pytest.mark.parametrize(
    "job",
    [
        replace(JOB, job_deadline=None),
        replace(JOB, job_deadline=START + 20 * HOUR, status="CANCELING"),
    ],
)
def test_a_job_that_has_no_deadline_to_make_is_none(job: BatchJob) -> None:
    world = world_of(job)
    assert kinds(world.stands(job, during=6 * HOUR)) == ["batch.stalled"]


def test_a_job_that_moves_again_is_none() -> None:
    job = replace(JOB, job_deadline=START + 20 * HOUR)
    world = world_of(job)
    world.stands(job, during=3 * HOUR)
    on = replace(job, progress=0.6)
    assert kinds(world.stands(on, during=90 * MINUTE)) == ["batch.resumed"]


def test_a_stall_told_only_when_it_was_waited_for_long_enough_says_so_itself() -> None:
    job = replace(JOB, job_deadline=START + 20 * HOUR)
    world = watched(job, rules=replace(RULES, stalled_after=5 * HOUR))
    told = world.stands(job, during=6 * HOUR)
    assert kinds(told) == ["batch.stalled"]
    assert world.record(job.id).at_risk


def test_so_does_one_whose_deadline_is_over() -> None:
    job = replace(JOB, job_deadline=START + HOUR)
    world = world_of(job)
    assert "batch.at_risk" not in kinds(world.stands(job, during=6 * HOUR))


#: Nobody knows since when it runs, so not how fast either.
NIGHT = replace(JOB, progress=0.8, created_at=None)


def night(
    left: timedelta, *steps: timedelta, told_of: timedelta = 2 * HOUR, job: BatchJob = NIGHT
) -> WatchedWorld:
    """Return a world whose job stands still from the start on, with so much time left."""
    job = replace(job, job_deadline=START + MINUTE + left)
    rules = replace(RULES, deadline_warnings=steps, stalled_after=told_of)
    return watched(job, rules=rules)


def waits_until(event: Event) -> timedelta | None:
    """Return how long before the deadline waiting ends by a message; None if it does not say."""
    until, job = event.facts.stall.waits_until, event.job
    assert job is not None
    assert job.job_deadline is not None
    return None if until is None else job.job_deadline - until


def test_where_no_risk_can_ring_a_stall_is_waited_for_until_the_next_step() -> None:
    world = night(8 * HOUR + 36 * MINUTE, 6 * HOUR, HOUR, 15 * MINUTE)
    job = world.record().job
    stalled, six = world.stands(job, during=2 * HOUR + 37 * MINUTE)
    assert kinds([stalled, six]) == ["batch.stalled", "batch.deadline_approaching"]
    # First until it is decided anew, then until the step that is next after four hours.
    assert (waits_until(stalled), waits_until(six)) == (6 * HOUR, HOUR)
    assert world.stands(job, during=5 * HOUR - 2 * MINUTE) == []
    assert not world.record().at_risk
    (one,) = world.stands(job, during=2 * MINUTE)
    assert one.facts.deadline.step == HOUR
    assert waits_until(one) is None
    world.ticks(MINUTE)
    assert world.record().at_risk


def test_without_a_bell_a_stall_is_waited_for_while_its_average_pace_gets_it_done() -> None:
    known = replace(NIGHT, created_at=START + MINUTE - 16 * HOUR)
    world = night(8 * HOUR + 36 * MINUTE, 6 * HOUR, HOUR, job=known)
    job = world.record().job
    stalled, six = world.stands(job, during=2 * HOUR + 37 * MINUTE)
    # A fifth of it is left to do, and of its 24 hours at last.
    fifth = (24 * HOUR + 36 * MINUTE) / 5
    assert waits_until(stalled) == 6 * HOUR
    assert waits_until(six) == fifth
    world.stands(job, during=6 * HOUR - fifth - 2 * MINUTE)
    assert prospect_of(world.record(), None, world.now).waits_for_ring is False
    # It stands still for longer than there is left to wait.
    assert act_of(prospect_of(world.record(), None, world.now)) is Act.CANCEL_NOW
    world.stands(job, during=2 * MINUTE)
    assert act_of(prospect_of(world.record(), None, world.now)) is Act.CANCEL_NOW


@pytest.mark.parametrize(("ago", "waits"), [(20, True), (25.5, False), (33, False)])
def test_a_stall_that_its_average_pace_gets_done_for_minutes_at_most_is_not_waited_for(
    ago: float, *, waits: bool
) -> None:
    # With 7 hours left when it is told.
    known = replace(NIGHT, created_at=START + MINUTE - ago * HOUR)
    world = night(9 * HOUR, HOUR, job=known)
    *_, stalled = world.stands(world.record().job, during=2 * HOUR)
    assert stalled.kind is EventKind.STALLED
    assert (waits_until(stalled) is not None) is waits
    found = act_of(prospect_of(world.record(), None, world.now))
    assert (found is Act.CANCEL_LATER) is waits
    assert stalled.job is not None
    assert act_of(prospect_at(stalled, stalled.job)) is found


def test_where_the_next_step_is_far_a_stall_is_waited_for_while_patience_lasts() -> None:
    world = night(20 * HOUR + 21 * MINUTE, 18 * HOUR, HOUR)
    job = world.record().job
    _, step = world.stands(job, during=3 * HOUR)
    assert step.facts.deadline.step == 18 * HOUR
    assert waits_until(step) == 16 * HOUR + 21 * MINUTE
    assert world.stands(job, during=59 * MINUTE) == []
    assert not world.record().at_risk
    assert world.stands(job, during=2 * MINUTE) == []
    assert world.record().at_risk


def test_a_stall_told_later_leaves_until_when_a_step_said_to_wait() -> None:
    world = night(4 * HOUR, 3.5 * HOUR, HOUR, told_of=2.5 * HOUR)
    job = world.record().job
    step, stalled = world.stands(job, during=2.5 * HOUR)
    assert kinds([step, stalled]) == ["batch.deadline_approaching", "batch.stalled"]
    # Half of the time was over half an hour before that.
    assert waits_until(step) == waits_until(stalled) == HOUR
    assert not world.record().at_risk


def test_a_move_ends_the_waiting() -> None:
    world = night(8 * HOUR + 6 * MINUTE, 6 * HOUR, HOUR)
    job = world.record().job
    world.stands(job, during=3 * HOUR)
    assert world.record().waited_until == START + MINUTE + 7 * HOUR + 6 * MINUTE
    world.poll(replace(job, progress=0.81))
    assert world.record().waited_until is None


#: A job whose average pace is too slow 3 hours and 12 minutes after the start.
PACED = replace(NIGHT, created_at=START + MINUTE - 20 * HOUR)


@pytest.mark.parametrize("shift", [10 * MINUTE, -10 * MINUTE])
def test_of_another_deadline_it_is_decided_anew_until_when_to_wait(shift: timedelta) -> None:
    world = night(9 * HOUR, 8 * HOUR, HOUR, job=PACED)
    job = world.record().job
    *_, stalled = world.stands(job, during=2 * HOUR)
    assert job.job_deadline is not None
    assert world.poll(replace(job, job_deadline=job.job_deadline + MINUTE)) == []
    assert world.record().waited_until == stalled.facts.stall.waits_until
    world.poll(replace(job, job_deadline=job.job_deadline + shift))
    found = prospect_of(world.record(), None, world.now)
    # No bell rings where its pace ends the waiting.
    assert (found.waits_for, found.ring) == (WaitsFor.PACE, None)
    assert world.record().waited_until != stalled.facts.stall.waits_until


def test_before_a_message_says_until_when_to_wait_it_is_judged_as_that_will() -> None:
    world = night(9 * HOUR, 8 * HOUR, HOUR, job=PACED)
    job = world.record().job
    assert world.stands(job, during=HOUR - 2 * MINUTE) == []
    found, seen = prospect_of(world.record(), None, world.now), world.now
    (step,) = world.stands(job, during=3 * MINUTE)
    assert found.worth_waiting is not None
    assert seen + found.worth_waiting == step.facts.stall.waits_until
    assert found.waits_for is WaitsFor.PACE


def test_of_a_job_at_risk_no_message_says_to_wait() -> None:
    job = replace(JOB, job_deadline=START + 9 * HOUR)
    known = replace(world_of(job).record(), at_risk=True, flat_for=2 * HOUR)
    told, event = announce_stall(known, account="default", steps=(), now=START)
    assert told.waited_until is event.facts.stall.waits_until is None


@pytest.mark.parametrize("deadline", [None, START - HOUR])
def test_no_deadline_ahead_rings(deadline: datetime | None) -> None:
    *_, event = world_of(job := replace(JOB, job_deadline=deadline)).stands(job, during=2 * HOUR)
    assert event.facts.deadline.next_ring is None
