"""A message and whatever shows its job at that moment decide alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from batchbell.core.deadline import announce_deadline
from batchbell.core.event import ABOUT_PROSPECTS, Event
from batchbell.core.forecast.expectation import Expectation
from batchbell.core.forecast.prospect import prospect_of
from batchbell.core.job import BatchJob
from batchbell.core.outlook import Forecast, NoForecast, Obstacle
from batchbell.core.rules import Rules
from batchbell.core.snapshot import JobRecord
from batchbell.core.stall import announce_stall, stall_is_due
from batchbell.messages.facts_json import facts_from_json, facts_json
from batchbell.messages.prospect_advice import prospect_at
from batchbell.messages.prospect_decision import Act, decision
from batchbell.messages.standing_advice import act_on
from tests.fakes import START
from tests.watched import WatchedWorld

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR = timedelta(hours=1)
STEPS = (6 * HOUR, HOUR)


def finish(hours: float, *, doubt: float) -> Forecast:
    return Forecast(
        finish=START + hours * HOUR,
        earliest=START + (hours - doubt) * HOUR,
        latest=START + (hours + doubt) * HOUR,
        rate=0.1,
        made_at=START,
        known_for=9 * HOUR,
    )


OUTLOOKS: tuple[Forecast | NoForecast, ...] = (
    NoForecast(obstacle=Obstacle.TOO_FEW_SAMPLES),
    finish(0.4, doubt=0.05),
    finish(1, doubt=0.5),
    finish(1.1, doubt=0.5),
    finish(5.8, doubt=0.5),
    finish(7, doubt=0.5),
    finish(30, doubt=3),
)


def records() -> Iterator[JobRecord]:
    """Yield jobs that move or not, near and far from their deadline, at risk or not."""
    statuses = ("IN_PROGRESS", "VALIDATING", "CANCELING")
    dues, dones, stills, ages = (-0.2, 0.5, 5.9, 12), (None, 0.0, 0.4, 0.97), (0, 0.1, 3), (3, 18)
    for status, due, done, still, age, at_risk in product(
        statuses, dues, dones, stills, ages, (False, True)
    ):
        if still > age:
            continue
        job = BatchJob(
            id="job-1",
            status=status,
            progress=done,
            created_at=START - age * HOUR,
            job_deadline=START + due * HOUR,
        )
        yield JobRecord(
            job=job,
            first_seen_at=START - still * HOUR,
            last_seen_at=START,
            status_since=START - still * HOUR,
            progress_since=START - still * HOUR,
            flat_for=still * HOUR,
            at_risk=at_risk,
        )


def told(
    record: JobRecord, outlook: Forecast | NoForecast, stalled_after: timedelta
) -> Iterator[tuple[JobRecord, Event]]:
    """Yield what is told of a job, with its record as it is then."""
    stalled = record
    if stall_is_due(record, stalled_after=stalled_after, grace_period=HOUR, now=START):
        stalled, stall = announce_stall(record, account="default", steps=STEPS, now=START)
        yield stalled, stall
    for before in {record, stalled}:
        warned, event = announce_deadline(
            before,
            account="default",
            steps=STEPS,
            outlook=lambda _: outlook,
            now=START,
            baseline=False,
        )
        if event is not None:
            yield warned, event


def test_a_message_and_its_job_are_judged_alike() -> None:
    kinds, expectations = set(), set()
    for record, outlook, stalled_after in product(records(), OUTLOOKS, (HOUR / 12, 2 * HOUR)):
        for after, event in told(record, outlook, stalled_after):
            assert event.job is not None
            stored = replace(event, facts=facts_from_json(facts_json(event)))
            said, found = prospect_at(stored, event.job), prospect_of(after, outlook, START)
            assert decision(said).act is decision(found).act
            if decision(said).act is not Act.LET_RUN:
                assert act_on(after, outlook, START) is decision(said).act
            kinds.add(event.kind)
            expectations.add(said.expectation)
    assert kinds == ABOUT_PROSPECTS
    assert expectations == set(Expectation)


@pytest.mark.parametrize("steps", [(6, 1, 0.25), (18, 3), ()])
@pytest.mark.parametrize("told_of", [0.5, 2, 5])
@pytest.mark.parametrize("done", [0.0, 0.4])
@pytest.mark.parametrize("left", [1.2, 3, 8.1, 20])
def test_until_the_moment_that_a_message_names_nothing_gives_its_job_up_and_then_the_bell_rings(
    left: float, done: float, told_of: float, steps: tuple[float, ...]
) -> None:
    job = BatchJob(
        id="job-1",
        status="IN_PROGRESS",
        progress=done,
        created_at=START - 24 * HOUR + left * HOUR,
        job_deadline=START + left * HOUR,
    )
    rules = Rules(
        deadline_warnings=tuple(step * HOUR for step in steps), stalled_after=told_of * HOUR
    )
    world = WatchedWorld(rules=rules)
    until, rings = None, False
    while world.now < START + left * HOUR:
        told = [one for one in world.poll(job, after=HOUR / 10) if one.kind in ABOUT_PROSPECTS]
        if until is not None and world.now >= until:
            assert bool(told) or not rings
            until = None
        for event in told:
            until = event.facts.stall.waits_until
            rings = until is not None and until == event.facts.deadline.next_ring
        record = world.record()
        if until is not None and world.now < until:
            assert not record.at_risk
            assert act_on(record, None, world.now) in {Act.WAIT, Act.CANCEL_LATER}
