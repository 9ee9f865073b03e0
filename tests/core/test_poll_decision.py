"""What holds of every decision on an account, whatever came before; no database is needed."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.account_health import Trouble
from batchbell.core.decision_needs import worth_naming
from batchbell.core.event import EventKind
from batchbell.core.gap import Gap
from batchbell.core.job import BatchJob
from batchbell.core.poll_decision import (
    FailedPoll,
    decide_answer,
    decide_poll,
)
from batchbell.core.rules import Rules
from batchbell.core.snapshot import ProgressSample
from tests.fakes import MINUTE, START, every_record, kinds, listing
from tests.strategies import jobs, listings
from tests.watched import WatchedWorld, watched

if TYPE_CHECKING:
    import random

    from batchbell.core.listing import Listing
    from batchbell.core.poll_decision import PollDecision

HOUR = timedelta(hours=1)
RULES = Rules(stalled_after=2 * HOUR, grace_period=5 * MINUTE, unreachable_after=10 * MINUTE)
RUNNING = BatchJob(
    id="job-1",
    status="IN_PROGRESS",
    progress=0.25,
    created_at=START,
    job_deadline=START + 24 * HOUR,
    input_file_id="file-1",
)
DONE = replace(RUNNING, status="COMPLETED", progress=1.0, output_file_id="file-out")
DOWN = FailedPoll(error="503: try later", trouble=Trouble.API_DOWN)

HISTORIES = st.lists(listings(max_size=3), max_size=3)
JOBS = st.lists(jobs(), max_size=4, unique_by=lambda job: job.id)
WAITS = st.timedeltas(timedelta(), 9 * HOUR)


def world_after(several: list[Listing]) -> WatchedWorld:
    """Return a world that was polled with these listings."""
    world = WatchedWorld(rules=RULES)
    for one in several:
        world.poll(*one.jobs)
    return world


def told_by(decision: PollDecision) -> set[object]:
    """Return a decision's parts, whatever their order."""
    facts = {(event.key, str(event)) for event in decision.events}
    return {decision.account, *every_record(decision), *decision.samples, *facts}


@given(HISTORIES, JOBS, st.randoms(use_true_random=False), WAITS)
def test_the_order_of_rows_is_irrelevant(
    several: list[Listing], found: list[BatchJob], chance: random.Random, later: timedelta
) -> None:
    world = world_after(several)
    world.now += later
    shuffled = chance.sample(found, len(found))
    one, other = (
        world.decided(listing(*rows, requested_at=world.now)) for rows in (found, shuffled)
    )
    assert told_by(one) == told_by(other)


@given(HISTORIES, JOBS, WAITS)
def test_a_poll_played_again_tells_and_changes_nothing(
    several: list[Listing], found: list[BatchJob], later: timedelta
) -> None:
    world = world_after(several)
    told = world.poll(*found, after=later)
    again = world.decided(listing(*found, requested_at=world.now))
    assert {event.key for event in again.events}.isdisjoint(event.key for event in told)
    # Two polls are two: a job may be missing in both, an end without output be listed by both.
    gone = world.snapshot.records.keys() - {job.id for job in found}
    waiting = {event.job_id for event in again.events if event.kind == "batch.completed_empty"}
    assert {record.job.id for record in again.records} <= gone | waiting
    assert {event.job_id for event in again.events} <= gone | waiting
    assert again.samples == ()
    assert again.account == world.state


@given(HISTORIES, JOBS, st.integers(2, 5))
def test_the_same_listing_over_and_over_tells_everything_once(
    several: list[Listing], found: list[BatchJob], polls: int
) -> None:
    world = world_after(several)
    world.told.clear()
    for _ in range(polls):
        world.poll(*found)
    keys = Counter(event.key for event in world.told)
    assert [key for key, times in keys.items() if times > 1] == []


@given(HISTORIES, st.sampled_from(Trouble), WAITS)
def test_a_failed_poll_changes_no_job_and_counts_no_missing_one(
    several: list[Listing], trouble: Trouble, later: timedelta
) -> None:
    world = world_after(several)
    before = world.snapshot
    world.fail(FailedPoll(error="no", trouble=trouble), after=later)
    for job_id, record in world.snapshot.records.items():
        old = before.records[job_id]
        assert (record.job, record.last_seen_at, record.missed_polls, record.announced) == (
            old.job,
            old.last_seen_at,
            old.missed_polls,
            old.announced,
        )
    assert world.snapshot.last_good_poll_at == before.last_good_poll_at
    assert world.state.last_poll_at == world.now


@given(HISTORIES, WAITS)
def test_a_tick_touches_nothing_but_what_it_tells(several: list[Listing], later: timedelta) -> None:
    world = world_after(several)
    before = world.state
    told = world.tick(after=later)
    assert world.state == before
    assert {event.job_id for event in told} <= set(world.snapshot.records)


@given(HISTORIES, JOBS, WAITS)
def test_the_samples_it_asks_for_are_enough(
    several: list[Listing], found: list[BatchJob], later: timedelta
) -> None:
    world = world_after(several)
    world.now += later
    seen = listing(*found, requested_at=world.now)
    everything = decide_poll(
        world.state,
        world.snapshot,
        seen,
        None,
        samples=world.samples,
        rules=RULES,
        now=world.now,
    )
    assert world.decided(seen) == everything


@given(HISTORIES, JOBS)
def test_of_what_has_ended_and_is_listed_as_it_was_nothing_is_needed(
    several: list[Listing], found: list[BatchJob]
) -> None:
    world = world_after(several)
    world.poll(*found)
    world.poll(*found)
    world.now += MINUTE
    settled = {
        job_id
        for job_id, record in world.snapshot.records.items()
        if record.job.finished and record.ended_as and not record.missed_polls
    }
    seen = listing(*found, requested_at=world.now)
    whole = world.decided(seen)
    needed = {key: it for key, it in world.snapshot.records.items() if key not in settled}
    world.snapshot = replace(world.snapshot, records=needed)
    part = replace(seen, jobs=tuple(job for job in found if job.id not in settled))
    assert told_by(world.decided(part)) == told_by(whole)


@pytest.mark.parametrize(
    ("job", "sampled"),
    [(RUNNING, 1), (replace(RUNNING, status="PAUSED"), 1), (DONE, 0)],
)
def test_a_job_first_seen_finished_has_no_course_to_sample(job: BatchJob, sampled: int) -> None:
    world = WatchedWorld(rules=RULES)
    world.poll(job)
    assert len(world.samples.get("job-1", [])) == sampled


def test_a_sample_is_of_the_moment_the_progress_moved() -> None:
    world = watched(RUNNING, rules=RULES)
    world.now += MINUTE
    moved = world.decided(listing(replace(RUNNING, progress=0.5), requested_at=world.now))
    assert moved.samples == (ProgressSample(job_id="job-1", at=world.now, progress=0.5),)
    assert world.decided(listing(RUNNING, requested_at=world.now)).samples == ()


def test_of_two_moves_at_one_moment_the_first_counts_as_it_is_the_one_stored() -> None:
    world = watched(RUNNING, rules=RULES)
    world.poll(replace(RUNNING, progress=0.3), after=HOUR)
    world.poll(replace(RUNNING, progress=0.35), after=HOUR)
    world.poll(replace(RUNNING, progress=0.4), after=HOUR)
    again = listing(replace(RUNNING, progress=0.9), requested_at=world.now)
    whole = decide_poll(
        world.state,
        world.snapshot,
        again,
        None,
        samples={"job-1": world.samples["job-1"]},
        rules=replace(RULES, deadline_warnings=(23 * HOUR,)),
        now=world.now,
    )
    (event,) = (each for each in whole.events if each.facts.deadline.step)
    assert event.facts.outlook.rate is not None
    assert event.facts.outlook.rate < 0.2


def test_the_forecast_of_a_poll_knows_the_progress_it_brings() -> None:
    world = watched(RUNNING, rules=RULES)
    world.poll(replace(RUNNING, progress=0.3), after=HOUR)
    world.poll(replace(RUNNING, progress=0.4), after=HOUR)
    world.now += 21 * HOUR
    outlooks = []
    for progress in (0.4, 0.8):
        found = listing(replace(RUNNING, progress=progress), requested_at=world.now)
        (event,) = (each for each in world.decided(found).events if each.facts.deadline.step)
        outlooks.append(event.facts.outlook.finish is not None)
    # Of three moves, the fewest for a forecast, the poll itself brings the last.
    assert outlooks == [False, True]


def test_a_job_s_record_is_written_once_however_much_is_decided_of_it() -> None:
    world = watched(RUNNING, rules=RULES)
    world.now += 19 * HOUR
    decision = world.decided(listing(replace(RUNNING, progress=0.8), requested_at=world.now))
    assert sorted(kinds(decision.events)) == ["batch.deadline_approaching", "batch.progress"]
    (record,) = decision.records
    assert (record.job.progress, record.told_step) == (0.8, 6 * HOUR)


def test_a_first_poll_is_the_baseline_and_later_ones_keep_it() -> None:
    world = WatchedWorld(rules=RULES)
    world.poll(RUNNING)
    first = world.now
    world.poll(RUNNING)
    assert (world.state.baseline_at, world.state.last_good_poll_at) == (first, world.now)
    assert world.state.blind_after == world.now + RULES.grace_period


def test_a_gap_is_told_with_the_jobs_and_kept() -> None:
    world = watched(RUNNING, rules=RULES)
    gap = Gap(since=world.now, until=world.now + HOUR, reason="daemon down")
    decision = decide_poll(
        world.state,
        world.snapshot,
        listing(DONE),
        gap,
        samples={},
        rules=RULES,
        now=gap.until,
    )
    assert decision.gap == gap
    assert [event.facts.gap for event in decision.events] == [gap]


def test_an_outage_is_told_between_polls_too_and_ends_with_a_good_one() -> None:
    world = watched(RUNNING, rules=RULES)
    world.fail(DOWN)
    assert kinds(world.tick(after=9 * MINUTE)) == []
    assert kinds(world.tick(after=MINUTE)) == ["account.unreachable"]
    assert kinds(world.fail(DOWN)) == []
    assert kinds(world.poll(RUNNING)) == ["account.recovered"]


def test_what_an_answer_says_is_told_like_a_poll_s() -> None:
    world = watched(RUNNING, rules=RULES)
    world.now += MINUTE
    answer = replace(RUNNING, status="CANCELING", progress=0.3)
    decision = decide_answer(world.state, world.snapshot, answer, world.now)
    assert kinds(decision.events) == [EventKind.CANCELING]
    assert decision.account == world.state
    assert [sample.progress for sample in decision.samples] == [0.3]
    asked = world.now
    world.now += MINUTE
    world.applied(decision)
    stale = world.decided(listing(RUNNING, requested_at=asked - MINUTE))
    assert (stale.records, stale.events) == ((), ())


def test_an_answer_before_the_first_poll_decides_nothing() -> None:
    world = WatchedWorld(rules=RULES)
    decision = decide_answer(world.state, world.snapshot, RUNNING, world.now)
    assert (decision.records, decision.samples, decision.events) == ((), (), ())


def test_names_are_of_use_for_jobs_that_run_and_for_the_news() -> None:
    world = watched(replace(DONE, id="old"), RUNNING, rules=RULES)
    ended = replace(DONE, id="ended")
    seen = listing(replace(DONE, id="old"), RUNNING, ended, requested_at=world.now)
    named = worth_naming(world.snapshot, world.decided(seen))
    assert {job.id for job in named} == {"job-1", "ended"}


def test_nobody_is_told_of_a_deadline_missed_before_so_its_name_is_of_no_use() -> None:
    world = WatchedWorld(rules=RULES)
    late = replace(DONE, id="done", job_deadline=START - HOUR)
    assert worth_naming(world.snapshot, world.decided(listing(late))) == []
