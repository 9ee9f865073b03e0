"""A job's results in the line under it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.messages.results_line import results_line

COUNTED = JobResults(
    account="default",
    job_id="job",
    status="COMPLETED",
    state=ResultsState.COUNTED,
    verdict=Verdict.PARTIAL,
    counts=Counts(requests=1_000, succeeded=950, failed=40, missing=10),
)
LOST = replace(COUNTED, state=ResultsState.LOST, verdict=Verdict.UNKNOWN, counts=None)


@pytest.mark.parametrize(
    ("results", "line"),
    [
        (None, ""),
        (COUNTED, "950 of 1,000 ok · 40 failed · 10 missing"),
        (
            replace(COUNTED, verdict=Verdict.UNKNOWN, counts=Counts(succeeded=9)),
            "9 ok · of how many is not known",
        ),
        (replace(COUNTED, state=ResultsState.WAITING), "results are being counted"),
        (replace(COUNTED, state=ResultsState.SKIPPED), ""),
        (LOST, "results lost"),
        (replace(LOST, reason="HTTP 404:\nno such file"), "results lost: HTTP 404: no such file"),
    ],
)
def test_the_line_says_what_is_known(results: JobResults | None, line: str) -> None:
    assert results_line(results) == line


def test_a_terminal_without_the_sign_has_another_between() -> None:
    assert results_line(COUNTED, between=" - ") == "950 of 1,000 ok - 40 failed - 10 missing"
