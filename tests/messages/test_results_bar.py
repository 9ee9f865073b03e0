from __future__ import annotations

from dataclasses import replace

import pytest

from batchbell.core.results.counts import Counts
from batchbell.messages.results_bar import squares

ALL = Counts(requests=1_000, succeeded=1_000, missing=0)


@pytest.mark.parametrize(
    ("counts", "row"),
    [
        (replace(ALL, succeeded=683, missing=317), "🟩🟩🟩🟩🟩🟩🟩⬜⬜⬜ 68.3% ok"),
        (replace(ALL, succeeded=998, failed=1, missing=1), "🟩🟩🟩🟩🟩🟩🟩🟩🟥⬜ 99.8% ok"),
        (replace(ALL, truncated=73, empty=150), "🟩🟩🟩🟩🟩🟩🟩🟩🟨🟨 85.0% whole at most"),
        (replace(ALL, truncated=1_000), "🟨🟨🟨🟨🟨🟨🟨🟨🟨🟨 none whole"),
        (replace(ALL, succeeded=0, failed=1_000), "🟥🟥🟥🟥🟥🟥🟥🟥🟥🟥 none ok"),
    ],
)
def test_what_came_back_is_ten_squares_and_nothing_vanishes(counts: Counts, row: str) -> None:
    assert squares(counts) == row


@pytest.mark.parametrize("counts", [ALL, Counts(requests=0, missing=0), Counts(succeeded=9)])
def test_there_are_no_squares_where_nothing_is_amiss_or_not_all_is_known(counts: Counts) -> None:
    assert squares(counts) == ""
