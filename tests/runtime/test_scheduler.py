from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

import pytest

from batchbell.clock import boot_seconds
from batchbell.runtime.scheduler import BootClockGuard, Scheduler
from tests.fakes import eventually
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Work:
    """Counts its runs; waits in them as long as a test wants."""

    def __init__(self) -> None:
        self.runs = 0
        self.at_once = 0
        self.most_at_once = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.wait_seconds: float | None = None
        self.error: Exception | None = None

    async def __call__(self) -> float | None:
        self.runs += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.gate.wait()
            if self.error is not None:
                raise self.error
        finally:
            self.at_once -= 1
        return self.wait_seconds


@pytest.fixture
async def scheduler() -> AsyncIterator[Scheduler]:
    scheduler = Scheduler()
    scheduler.start()
    yield scheduler
    await scheduler.stop(grace_seconds=1)


async def test_work_runs_at_once_and_then_at_its_interval(scheduler: Scheduler) -> None:
    work = Work()
    scheduler.keep("poll", interval_seconds=0.05, run=work)
    await eventually(lambda: work.runs >= 3)


async def test_work_never_runs_twice_at_the_same_time(scheduler: Scheduler) -> None:
    slow, other = Work(), Work()
    slow.gate.clear()
    scheduler.keep("slow", interval_seconds=0.01, run=slow)
    scheduler.keep("other", interval_seconds=0.01, run=other)
    await eventually(lambda: other.runs >= 10)
    assert (slow.runs, slow.most_at_once) == (1, 1)
    slow.gate.set()
    await eventually(lambda: slow.runs >= 3)
    assert slow.most_at_once == 1


async def test_work_that_breaks_down_is_run_again(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    work = Work()
    work.error = ValueError("a bug")
    scheduler.keep("poll", interval_seconds=0.02, run=work)
    await eventually(lambda: work.runs >= 3)
    assert "poll crashed; it is tried again in its turn" in caplog.text


async def test_work_may_ask_to_be_left_alone_for_longer(scheduler: Scheduler) -> None:
    patient, other = Work(), Work()
    patient.wait_seconds = 3600
    scheduler.keep("patient", interval_seconds=0.01, run=patient)
    await eventually(lambda: patient.runs == 1)
    scheduler.keep("other", interval_seconds=0.01, run=other)
    await eventually(lambda: other.runs >= 10)
    assert patient.runs == 1


async def test_a_wait_shorter_than_the_interval_changes_nothing(scheduler: Scheduler) -> None:
    work = Work()
    work.wait_seconds = 0.0
    scheduler.keep("poll", interval_seconds=0.02, run=work)
    await eventually(lambda: work.runs >= 3)


async def test_new_work_of_a_name_takes_the_place_of_the_old(scheduler: Scheduler) -> None:
    old, new = Work(), Work()
    scheduler.keep("poll", interval_seconds=3600, run=old)
    await eventually(lambda: old.runs == 1)
    scheduler.keep("poll", interval_seconds=3600, run=new)
    await eventually(lambda: new.runs == 1)
    assert old.runs == 1


async def test_dropping_work_waits_for_the_run_under_way(scheduler: Scheduler) -> None:
    work = Work()
    work.gate.clear()
    scheduler.keep("poll", interval_seconds=3600, run=work)
    await eventually(lambda: work.at_once == 1)
    dropping = asyncio.create_task(scheduler.drop("poll"))
    await asyncio.sleep(0)
    assert not dropping.done()
    work.gate.set()
    await asyncio.wait_for(dropping, TIMEOUT_SECONDS)
    assert work.at_once == 0
    await scheduler.drop("never kept")


async def test_stopping_lets_a_run_end_within_the_grace() -> None:
    scheduler, work = Scheduler(), Work()
    scheduler.start()
    work.gate.clear()
    scheduler.keep("poll", interval_seconds=3600, run=work)
    await eventually(lambda: work.at_once == 1)
    stopping = asyncio.create_task(scheduler.stop(grace_seconds=10 * TIMEOUT_SECONDS))
    await asyncio.sleep(0)
    work.gate.set()
    await asyncio.wait_for(stopping, TIMEOUT_SECONDS)


async def test_stopping_cuts_off_a_run_that_outlasts_the_grace() -> None:
    scheduler, work = Scheduler(), Work()
    scheduler.start()
    work.gate.clear()
    scheduler.keep("poll", interval_seconds=3600, run=work)
    await eventually(lambda: work.at_once == 1)
    await asyncio.wait_for(scheduler.stop(grace_seconds=0.01), TIMEOUT_SECONDS)
    await eventually(lambda: work.at_once == 0)


async def test_work_that_a_last_run_asks_for_is_not_begun(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scheduler, more = Scheduler(), Work()
    began, asked = asyncio.Event(), asyncio.Event()
    scheduler.start()

    async def last_run() -> None:
        began.set()
        await asked.wait()
        scheduler.keep("pruning", interval_seconds=3600, run=more)
        # Long enough for what was asked for to begin.
        for _ in range(10):
            await asyncio.sleep(0)

    scheduler.keep("poll", interval_seconds=3600, run=last_run)
    await asyncio.wait_for(began.wait(), TIMEOUT_SECONDS)
    stopping = asyncio.create_task(scheduler.stop(grace_seconds=10 * TIMEOUT_SECONDS))
    await asyncio.sleep(0)
    asked.set()
    await asyncio.wait_for(stopping, TIMEOUT_SECONDS)
    assert more.runs == 0
    assert "pruning" not in caplog.text


async def test_a_stopped_wall_clock_does_not_stop_the_work() -> None:
    work, later_seconds = Work(), 0
    scheduler = Scheduler(seconds=lambda: boot_seconds() + later_seconds, guard_seconds=0.1)
    scheduler.start()
    scheduler.keep("poll", interval_seconds=3600, run=work)
    await eventually(lambda: work.runs == 1)
    # The next run lies an hour ahead by the wall clock; the boot clock says it is overdue.
    later_seconds = 3 * 3600
    await eventually(lambda: work.runs == 2)
    await scheduler.stop(grace_seconds=1)


async def test_the_guard_looks_as_often_as_new_work_needs_it() -> None:
    """Though it fell asleep over work that is done once an hour."""
    rare, work, later_seconds = Work(), Work(), 0
    scheduler = Scheduler(seconds=lambda: boot_seconds() + later_seconds, guard_seconds=3600)
    scheduler.keep("rare", interval_seconds=7200, run=rare)
    scheduler.start()
    await eventually(lambda: rare.runs == 1)
    scheduler.keep("poll", interval_seconds=0.5, run=work)
    later_seconds = 4 * 3600
    await eventually(lambda: rare.runs == 2)
    await scheduler.stop(grace_seconds=1)


async def test_a_scheduler_that_was_never_started_can_be_stopped() -> None:
    scheduler = Scheduler()
    await scheduler.stop(grace_seconds=0)


def test_the_guard_knows_when_it_will_be_needed() -> None:
    now = 0.0
    guard = BootClockGuard(lambda: now)
    assert guard.seconds_left() == math.inf
    guard.expect("late", within_seconds=5)
    guard.expect("later", within_seconds=60)
    assert guard.seconds_left() == 5
    now = 5.5
    # What is overdue already is no reason to look sooner: it may be running.
    assert guard.overdue() == ["late"]
    assert guard.seconds_left() == 54.5
