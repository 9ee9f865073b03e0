from __future__ import annotations

import pytest

from batchbell.core.job import BatchJob
from batchbell.core.provider import END_STATES, JobState, state_of


def test_a_status_and_a_progress_print_as_a_person_expects() -> None:
    job = BatchJob(id="job-1", status="IN_PROGRESS", progress=0.7175)
    assert f"{job.status} {job.progress:.1%}" == "IN_PROGRESS 71.8%"


@pytest.mark.parametrize("state", JobState)
def test_only_end_states_are_finished_whatever_word_says_so(state: JobState) -> None:
    by_name, by_meaning = (
        BatchJob(id="job-1", status=state.value),
        BatchJob(id="job-1", status="any", meaning=state),
    )
    assert by_name.finished is by_meaning.finished is (state in END_STATES)
    assert by_name.state is by_meaning.state is state


def test_what_the_provider_says_of_a_status_counts_more_than_its_word() -> None:
    assert state_of("COMPLETED") is JobState.COMPLETED
    assert state_of("COMPLETED", JobState.FAILED) is JobState.FAILED


@pytest.mark.parametrize("status", ["PAUSED", "completed", "", None])
def test_an_unknown_or_missing_status_is_not_finished(status: str | None) -> None:
    assert not BatchJob(id="job-1", status=status).finished
    assert BatchJob(id="job-1", status=status).state is JobState.UNKNOWN


def test_what_an_answer_lacks_keeps_its_last_known_value() -> None:
    earlier = BatchJob(id="job-1", model_id="some-model", progress=0.5)
    later = BatchJob(id="job-1", progress=0.0, error="broke")
    assert later.filled_from(earlier) == BatchJob(
        id="job-1", model_id="some-model", progress=0.0, error="broke"
    )
    assert earlier.filled_from(earlier) is earlier


def test_a_status_keeps_its_own_meaning_and_no_other() -> None:
    earlier = BatchJob(id="job-1", status="done", meaning=JobState.COMPLETED)
    assert BatchJob(id="job-1").filled_from(earlier) == earlier
    later = BatchJob(id="job-1", status="IN_PROGRESS")
    assert later.filled_from(earlier) is later
