"""A standstill that is told late is told with the moment that was named since."""

from __future__ import annotations

from datetime import timedelta

import pytest

from batchbell.core.event import EventKind
from batchbell.core.job import BatchJob
from batchbell.core.outlook import NoForecast, Obstacle
from batchbell.core.retelling import as_seen_again
from batchbell.core.rules import Rules
from tests.fakes import MINUTE, START
from tests.watched import watched

HOUR = timedelta(hours=1)
UNSURE = NoForecast(obstacle=Obstacle.TOO_FEW_SAMPLES)


@pytest.mark.parametrize(
    ("left", "steps", "waits_until", "rings"),
    [
        # The stall names six hours before the deadline, and that names one hour before it.
        (8.1, (6, 1), 1, 1),
        # Nothing rings for long after patience ends: what rings next is what it was.
        (20, (19, 7), 16, 7),
    ],
)
def test_a_stall_told_late_waits_until_the_moment_that_a_later_message_named(
    left: float, steps: tuple[float, ...], waits_until: float, rings: float
) -> None:
    deadline = START + MINUTE + left * HOUR
    job = BatchJob(id="job-1", status="IN_PROGRESS", progress=0.8, job_deadline=deadline)
    rules = Rules(deadline_warnings=tuple(step * HOUR for step in steps))
    world = watched(job, rules=rules)
    told = world.stands(job, during=3 * HOUR)
    (stalled,) = (event for event in told if event.kind is EventKind.STALLED)
    again = as_seen_again(stalled, world.record(), UNSURE, world.now)
    assert again is not None
    assert again.facts.stall.waits_until == deadline - waits_until * HOUR
    assert again.facts.deadline.next_ring == deadline - rings * HOUR
