from __future__ import annotations

import pytest

from batchbell.core.results.counts import Counts, Verdict, verdict_of


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        (Counts(requests=0, missing=0, foreign=0), Verdict.COMPLETE),
        (Counts(requests=3, succeeded=3, missing=0, foreign=0), Verdict.COMPLETE),
        (Counts(requests=3, succeeded=2, failed=1, missing=0, foreign=0), Verdict.PARTIAL),
        (Counts(requests=3, succeeded=2, missing=1, foreign=0), Verdict.PARTIAL),
        (Counts(requests=3, failed=2, missing=1, foreign=0), Verdict.EMPTY),
        (Counts(succeeded=3), Verdict.UNKNOWN),
        (Counts(requests=3, succeeded=3, foreign=0), Verdict.UNKNOWN),
    ],
)
def test_a_verdict_is_what_the_counts_mean(counts: Counts, verdict: Verdict) -> None:
    assert verdict_of(counts) is verdict


@pytest.mark.parametrize(
    ("counts", "flawed"),
    [
        (Counts(requests=2, succeeded=1, failed=1, missing=0, foreign=0), False),
        (Counts(succeeded=2), False),
        (Counts(requests=2, succeeded=1, missing=1, foreign=0), True),
        (Counts(requests=2, succeeded=2, missing=0, foreign=0, duplicated=1), True),
        (Counts(requests=2, succeeded=2, missing=0, foreign=1), True),
        (Counts(requests=2, succeeded=2, missing=0, foreign=0, unreadable=1), True),
    ],
)
def test_files_are_flawed_by_what_should_not_be_in_them(counts: Counts, *, flawed: bool) -> None:
    assert counts.flawed is flawed
