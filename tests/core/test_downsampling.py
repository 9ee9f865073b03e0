from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.downsampling import beyond_the_youngest, dispensable
from tests.fakes import MINUTE, START


@given(st.sets(st.integers(0, 10**9), max_size=300), st.integers(2, 60))
def test_what_stays_is_few_and_begins_and_ends_as_before(seconds: set[int], keep: int) -> None:
    samples = [START + timedelta(seconds=second) for second in sorted(seconds)]
    going = dispensable(samples, keep)
    left = [sample for sample in samples if sample not in set(going)]
    assert len(left) <= max(keep, 0)
    assert left[:1] + left[-1:] == samples[:1] + samples[-1:]
    assert len(going) == len(set(going))
    if len(samples) <= keep:
        assert going == []
    # Downsampling again changes nothing.
    assert dispensable(left, keep) == []


def test_of_no_more_than_are_kept_none_goes() -> None:
    assert dispensable([START, START + MINUTE], 2) == []


def test_what_stays_is_spread_over_the_time_and_not_over_the_number() -> None:
    dense_start = [START + second * timedelta(seconds=1) for second in range(100)]
    samples = [*dense_start, *(START + hour * 60 * MINUTE for hour in range(1, 11))]
    left = [sample for sample in samples if sample not in set(dispensable(samples, 12))]
    assert len(left) == 12
    assert sum(sample < START + 60 * MINUTE for sample in left) <= 2


@pytest.mark.parametrize(("keep", "going"), [(1, 2), (2, 1), (3, 0), (5, 0)])
def test_of_a_running_job_the_youngest_stay(keep: int, going: int) -> None:
    samples = [START, START + MINUTE, START + 2 * MINUTE]
    assert beyond_the_youngest(samples, keep) == samples[:going]
