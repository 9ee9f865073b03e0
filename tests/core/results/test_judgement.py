from __future__ import annotations

import pytest

from batchbell.core.results.job_results import FileKind, JobResults, ResultFile, ResultsState
from batchbell.core.results.judgement import Unread, waiting


@pytest.mark.parametrize(
    ("late", "named"),
    [
        ((FileKind.INPUT,), "input"),
        ((FileKind.INPUT, FileKind.OUTPUT), "output"),
        ((FileKind.ERRORS,), "errors"),
    ],
)
def test_the_file_that_is_waited_for_is_named_one_of_answers_first(
    late: tuple[FileKind, ...], named: str
) -> None:
    results = JobResults(
        account="a",
        job_id="job-1",
        status="COMPLETED",
        state=ResultsState.WAITING,
        files=tuple(ResultFile(kind=kind, id=kind, trouble="HTTP 404") for kind in FileKind),
    )
    found = waiting(results, dict.fromkeys(late, Unread.NOT_YET))
    assert found.state is ResultsState.WAITING
    assert found.reason == f"the {named} file can't be had: HTTP 404"
