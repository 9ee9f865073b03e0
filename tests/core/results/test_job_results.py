from __future__ import annotations

from batchbell.core.job import BatchJob
from batchbell.core.results.job_results import FileKind, JobResults, ResultsState


def test_the_names_that_programs_get_stay() -> None:
    assert [*ResultsState] == ["waiting", "counted", "lost", "skipped"]
    assert [*FileKind] == ["input", "output", "errors"]


def test_of_what_waits_nothing_is_known() -> None:
    results = JobResults(
        account="a", job_id="job-1", status="COMPLETED", state=ResultsState.WAITING
    )

    assert (results.verdict, results.counts, results.tokens, results.cost) == (None,) * 4
    assert (results.causes, results.files, results.reason) == ((), (), "")


def test_they_are_of_the_end_that_the_job_has_now() -> None:
    results = JobResults(
        account="a", job_id="job-1", status="COMPLETED", state=ResultsState.WAITING
    )

    assert results.is_of(BatchJob(id="job-1", status="COMPLETED"))
    assert not results.is_of(BatchJob(id="job-1", status="EXPIRED"))
    assert not results.is_of(BatchJob(id="job-1", status="IN_PROGRESS"))
