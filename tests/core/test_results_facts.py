from __future__ import annotations

import pytest

from batchbell.core.facts import ResultsFacts


@pytest.mark.parametrize(
    ("results", "count"),
    [
        (ResultsFacts(), 0),
        (ResultsFacts(succeeded=9, failed=0, empty=None), 0),
        (ResultsFacts(succeeded=9, failed=1, missing=20, empty=300, truncated=4_000), 4_321),
    ],
)
def test_what_has_no_answer_or_a_useless_one_is_sent_again(
    results: ResultsFacts, count: int
) -> None:
    assert results.sent_again == count
