from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import pytest

from batchbell.simulator.clock import SimulatedClock
from batchbell.simulator.scenario import BASELINE, DEMO_SPEED, FIRST_HOUR, demo_plans
from batchbell.simulator.server import Simulator
from batchbell.simulator.state import JobBook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.simulator.plan import JobPlan

START = datetime(2025, 6, 11, 6, 11, 22, 752350, tzinfo=UTC)
#: A real second at the demo's speed.
SECOND = timedelta(seconds=DEMO_SPEED)
ENDS = {"COMPLETED", "FAILED", "EXPIRED", "CANCELLED"}


def plans(count: int = 200) -> list[JobPlan]:
    return list(islice(demo_plans(START), count))


def statuses(plan: JobPlan) -> list[tuple[datetime, object]]:
    """Return when the job appears and changes its status, and to what."""
    found = [(plan.appears_at or START, plan.first["status"])]
    found += [(step.at, step.changes["status"]) for step in plan.steps if "status" in step.changes]
    return found


def moments(plan: JobPlan) -> Iterator[datetime]:
    now: datetime | None = START - timedelta(days=10)
    while now is not None:
        yield now
        now = plan.next_change(now)


def ends_within(seconds: int) -> list[dict[str, object]]:
    """Return the rows of the jobs that end in the first so many real seconds."""
    ended = []
    for plan in plans():
        at, _ = statuses(plan)[-1]
        row = plan.row_at(at)
        if START < at <= START + seconds * SECOND and row is not None:
            ended.append(row)
    return ended


def test_the_same_seed_gives_the_same_jobs() -> None:
    assert plans() == plans()
    assert plans() != list(islice(demo_plans(START, seed=8), 200))


def test_a_demo_started_later_is_the_same_demo_later() -> None:
    later = START + timedelta(days=3)
    moved = list(islice(demo_plans(later), 200))
    assert [plan.job_id for plan in moved] == [plan.job_id for plan in plans()]
    assert all(
        there.steps[-1].at - here.steps[-1].at == timedelta(days=3)
        for here, there in zip(plans(), moved, strict=True)
    )


def test_every_kind_of_end_comes_within_a_real_minute() -> None:
    rows = ends_within(60)

    def some(status: str, *, output: bool, errors: bool = False) -> bool:
        wanted = (status, output, errors)
        return wanted in [
            (row["status"], bool(row["output_file_id"]), bool(row["error_file_id"])) for row in rows
        ]

    assert some("COMPLETED", output=True)
    assert some("COMPLETED", output=True, errors=True)
    assert some("COMPLETED", output=False, errors=True)
    assert some("FAILED", output=False)
    assert some("EXPIRED", output=True)
    assert some("CANCELLED", output=True)
    assert "line 3: invalid JSON" in {row["error"] for row in rows}


def test_a_deadline_passes_within_half_a_real_minute() -> None:
    expired = [row for row in ends_within(30) if row["status"] == "EXPIRED"]
    assert expired
    for row in expired:
        deadline = datetime.fromisoformat(str(row["job_deadline"]))
        assert START < deadline <= START + 30 * SECOND


def test_one_job_stands_still_and_passes_its_deadline_unfinished() -> None:
    def flat(plan: JobPlan) -> bool:
        seen = [plan.row_at(START + second * SECOND) for second in range(61)]
        return seen[0] is not None and all(row == seen[0] for row in seen)

    still = [plan for plan in plans() if flat(plan)]
    running = [row for plan in still if (row := plan.row_at(START)) and row["progress"] == 43.2]
    assert [row["status"] for row in running] == ["IN_PROGRESS"]
    deadline = datetime.fromisoformat(str(running[0]["job_deadline"]))
    assert START < deadline < START + 60 * SECOND


def test_something_happens_soon_and_every_few_real_seconds() -> None:
    changes = sorted(at for plan in plans() for at, _ in statuses(plan) if at > START)
    assert START + 1.5 * SECOND < changes[1] < START + 4 * SECOND
    first_minute = [START, *(at for at in changes if at < START + 60 * SECOND)]
    assert max(later - earlier for earlier, later in pairwise(first_minute)) <= 5 * SECOND
    ends = sorted(statuses(plan)[-1][0] for plan in plans())
    in_first_minute = [at for at in ends if START < at < START + 60 * SECOND]
    assert in_first_minute[0] < START + 4 * SECOND
    assert max(later - earlier for earlier, later in pairwise(in_first_minute)) < 9 * SECOND


def test_the_old_jobs_of_the_baseline_have_ended_before() -> None:
    ended = [row for plan in plans() if (row := plan.row_at(START)) and row["status"] in ENDS]
    assert len(ended) == len(BASELINE)
    assert {row["status"] for row in ended} == ENDS
    listed = [plan for plan in plans() if plan.row_at(START)]
    assert len(listed) > len(BASELINE) + 3


def test_each_job_moves_as_the_api_lets_it() -> None:
    allowed = {
        ("VALIDATING", "IN_PROGRESS"),
        ("VALIDATING", "FAILED"),
        ("IN_PROGRESS", "COMPLETED"),
        ("IN_PROGRESS", "FAILED"),
        ("IN_PROGRESS", "EXPIRED"),
        ("IN_PROGRESS", "CANCELING"),
        ("CANCELING", "CANCELLED"),
    }
    for plan in plans():
        words = [word for _, word in statuses(plan)]
        assert words[0] == "VALIDATING"
        assert words[-1] in ENDS
        assert set(pairwise(words)) <= allowed


def test_progress_is_uneven_never_falls_and_ends_at_100_for_completed_jobs() -> None:
    for plan in plans():
        rows = [row for now in moments(plan) if (row := plan.row_at(now)) is not None]
        percents = [float(str(row["progress"])) for row in rows]
        assert percents == sorted(percents)
        assert percents[0] == 0
        assert (percents[-1] == 100) == (rows[-1]["status"] == "COMPLETED")
        running = [row for row in rows if row["status"] == "IN_PROGRESS"]
        assert all(float(str(row["progress"])) < 100 for row in running)
        strides = {round(later - earlier, 2) for earlier, later in pairwise(percents)} - {0.0}
        assert len(strides) > 1 or rows[-1]["status"] == "FAILED"


def test_rows_have_the_recorded_shape_and_a_day_to_the_deadline() -> None:
    for plan in plans():
        row = plan.first
        created, deadline = (
            datetime.fromisoformat(str(row[name])) for name in ("created_at", "job_deadline")
        )
        assert deadline - created == timedelta(hours=24)
        assert len(plan.job_id) == 36
        assert str(row["input_file_id"]).startswith("file-")
        assert len(row) == 14


def test_the_jobs_come_in_order_and_never_end() -> None:
    appearing = [plan.appears_at for plan in plans(1000)]
    assert all(moment is not None for moment in appearing)
    assert appearing == sorted(appearing, key=str)
    late = [moment for moment in appearing if moment and moment > START + 60 * SECOND]
    assert max(later - earlier for earlier, later in pairwise(late)) < 10 * SECOND
    fates = {statuses(plan)[-1][1] for plan in plans(300)[len(BASELINE) + len(FIRST_HOUR) :]}
    assert fates == ENDS


@pytest.mark.unmeasured
def test_a_demo_of_two_weeks_stays_small() -> None:
    book = JobBook(demo_plans(START))
    sizes = []
    for day in range(1, 15):
        rows = json.loads(book.listing(START + timedelta(days=day)))
        sizes.append(len(rows))
        assert len(book._plans) == len(book._rows) == len(rows)
    assert max(sizes) < 1000


async def test_a_simulator_runs_the_demo() -> None:
    clock = SimulatedClock(START, speed=0)
    async with Simulator(demo_plans(clock.start), clock=clock) as simulator:
        before = {row["id"]: row["status"] for row in simulator.jobs()}
        clock.advance(5 * SECOND)
        after = {row["id"]: row["status"] for row in simulator.jobs()}
    assert after.keys() > before.keys()
    assert [word for key, word in after.items() if before.get(key, word) != word]
