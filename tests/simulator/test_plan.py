from __future__ import annotations

from datetime import UTC, datetime, timedelta

from batchbell.simulator.plan import CANCELING_FOR, JobPlan, Step

START = datetime(2025, 6, 11, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

PLAN = JobPlan(
    job_id="a",
    first={"id": "a", "status": "VALIDATING", "progress": 0, "output_file_id": None},
    steps=(
        Step(at=START + 2 * MINUTE, changes={"status": "IN_PROGRESS"}),
        Step(at=START + 3 * MINUTE, changes={"progress": 40}),
        Step(at=START + 9 * MINUTE, changes={"status": "COMPLETED", "progress": 100}),
    ),
    appears_at=START,
    gone_at=START + 60 * MINUTE,
)


def seen(plan: JobPlan, minute: float) -> tuple[object, object] | None:
    row = plan.row_at(START + minute * MINUTE)
    return None if row is None else (row["status"], row["progress"])


def test_the_row_follows_the_steps() -> None:
    assert seen(PLAN, 0) == ("VALIDATING", 0)
    assert seen(PLAN, 2) == ("IN_PROGRESS", 0)
    assert seen(PLAN, 8.9) == ("IN_PROGRESS", 40)
    assert seen(PLAN, 9) == ("COMPLETED", 100)


def test_a_job_is_not_listed_before_it_appears_nor_after_it_is_gone() -> None:
    assert seen(PLAN, -1) is None
    assert seen(PLAN, 60) is None


def test_the_next_change_is_known() -> None:
    minutes = [-1, 0, 2.5, 9, 60]
    expected = [0, 2, 3, 60, None]
    found = [PLAN.next_change(START + minute * MINUTE) for minute in minutes]
    assert found == [None if due is None else START + due * MINUTE for due in expected]


def test_a_job_without_steps_never_changes() -> None:
    plan = JobPlan(job_id="a", first={"id": "a"})
    assert plan.row_at(START) == {"id": "a"}
    assert plan.next_change(START) is None


def test_a_change_from_outside_keeps_the_later_steps() -> None:
    changed = PLAN.changed(START + 3 * MINUTE, {"progress": 55})
    assert seen(changed, 4) == ("IN_PROGRESS", 55)
    assert seen(changed, 9) == ("COMPLETED", 100)


def test_a_job_can_be_changed_before_it_is_listed() -> None:
    changed = PLAN.changed(START - MINUTE, {"progress": 1})
    assert seen(changed, 0) == ("VALIDATING", 1)


def test_a_cancelled_job_is_canceling_first_and_keeps_its_finished_part() -> None:
    cancelled = PLAN.cancelled(START + 4 * MINUTE, output_file_id="file-part")
    assert seen(cancelled, 4) == ("CANCELING", 40)
    end = cancelled.row_at(START + 4 * MINUTE + CANCELING_FOR)
    assert end == {
        "id": "a",
        "status": "CANCELLED",
        "progress": 40,
        "output_file_id": "file-part",
    }
    assert seen(cancelled, 20) == ("CANCELLED", 40)


def test_a_job_cancelled_before_any_progress_has_no_output() -> None:
    cancelled = PLAN.cancelled(START, output_file_id="file-part")
    end = cancelled.row_at(START + CANCELING_FOR)
    assert end is not None
    assert end["output_file_id"] is None
