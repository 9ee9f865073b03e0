from __future__ import annotations

import pytest

from batchbell.core.standing.reasons import Reason
from batchbell.core.standing.verdict import Standing
from batchbell.messages.kind_words import beside_status, words_of_end


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
