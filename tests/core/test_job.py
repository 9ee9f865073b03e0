from __future__ import annotations

import pytest

from batchbell.core.job import END_STATUSES, BatchJob, BatchStatus


def test_a_status_and_a_progress_print_as_a_person_expects() -> None:
    job = BatchJob(id="job-1", status="IN_PROGRESS", progress=0.7175)
    assert f"{job.status} {job.progress:.1%}" == "IN_PROGRESS 71.8%"


@pytest.mark.parametrize("status", BatchStatus)
def test_only_end_statuses_are_finished(status: BatchStatus) -> None:
    assert BatchJob(id="job-1", status=status).finished is (status in END_STATUSES)


@pytest.mark.parametrize("status", ["PAUSED", "completed", "", None])
def test_an_unknown_or_missing_status_is_not_finished(status: str | None) -> None:
    assert not BatchJob(id="job-1", status=status).finished


def test_what_an_answer_lacks_keeps_its_last_known_value() -> None:
    earlier = BatchJob(id="job-1", model_id="some-model", progress=0.5)
    later = BatchJob(id="job-1", progress=0.0, error="broke")
    assert later.filled_from(earlier) == BatchJob(
        id="job-1", model_id="some-model", progress=0.0, error="broke"
    )
    assert earlier.filled_from(earlier) is earlier
