from __future__ import annotations

import pytest

from batchbell.core.facts import ResultsFacts
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Verdict
from batchbell.core.standing.reasons import Reason
from batchbell.core.standing.verdict import Standing
from batchbell.messages.kind_words import after_status, beside_status, words_of_end


@pytest.mark.parametrize(
    ("reasons", "label", "beside"),
    [
        ([Reason.COMPLETED, Reason.ALL_CAME_BACK], "COMPLETED", ""),
        ([Reason.COMPLETED_WITH_ERRORS], "COMPLETED WITH ERRORS", "with errors"),
        ([Reason.COMPLETED_EMPTY], "COMPLETED WITHOUT OUTPUT", "without output"),
        (
            [Reason.COMPLETED_EMPTY, Reason.NOTHING_SUCCEEDED],
            "COMPLETED BUT NOTHING SUCCEEDED",
            "but nothing succeeded",
        ),
        ([Reason.EXPIRED, Reason.NOTHING_SUCCEEDED], "EXPIRED", ""),
        ([Reason.FAILED], "FAILED", ""),
    ],
)
def test_page_and_terminal_call_an_end_as_its_message_does(
    reasons: list[Reason], label: str, beside: str
) -> None:
    standing = Standing.of(dict.fromkeys(reasons))
    words = words_of_end(standing)
    assert words is not None
    assert (words.label, beside_status(standing)) == (label, beside)


def test_a_job_that_runs_has_no_end_to_call() -> None:
    standing = Standing.of({Reason.UNFINISHED: None})
    assert words_of_end(standing) is None
    assert beside_status(standing) == ""


@pytest.mark.parametrize(
    ("job", "results", "said"),
    [
        (
            BatchJob(id="a", status="COMPLETED", output_file_id="file-o"),
            ResultsFacts(verdict=Verdict.PARTIAL, requests=1_300, succeeded=1_240, missing=60),
            "60 MISSING",
        ),
        (
            BatchJob(id="a", status="COMPLETED", output_file_id="file-o"),
            ResultsFacts(verdict=Verdict.COMPLETE, succeeded=5_200, empty=16, truncated=62),
            "62 CUT",
        ),
        (
            BatchJob(id="a", status="COMPLETED", output_file_id="file-o"),
            ResultsFacts(verdict=Verdict.COMPLETE, succeeded=5_200, empty=16, truncated=2),
            "16 EMPTY",
        ),
        (BatchJob(id="a", status="COMPLETED", output_file_id="file-o"), ResultsFacts(), ""),
        (BatchJob(id="a", status="FAILED"), ResultsFacts(), "nothing came back"),
        (BatchJob(id="a", status="FAILED", output_file_id="file-o"), ResultsFacts(), ""),
        (BatchJob(id="a", status="EXPIRED"), ResultsFacts(), "nothing came back"),
        (BatchJob(id="a", status="CANCELLED"), ResultsFacts(), "nothing came back"),
        (BatchJob(id="a", status="EXPIRED", error_file_id="file-e"), ResultsFacts(), ""),
    ],
)
def test_behind_the_status_of_an_end_stands_what_weighs_most(
    job: BatchJob, results: ResultsFacts, said: str
) -> None:
    assert after_status(job, results) == said
