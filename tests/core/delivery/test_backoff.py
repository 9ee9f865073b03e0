from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.delivery.backoff import (
    ATTEMPTS_BEFORE_GIVING_UP,
    GIVE_UP_AFTER,
    JITTER_SHARE,
    LONGEST_DELAY,
    after_failure,
    delay_after,
)
from batchbell.core.delivery.outcome import Outcome

BUSY = Outcome(delivered=False, reason="503")


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 5), (2, 10), (3, 20), (7, 320), (8, 640), (9, 900), (999, 900)]
)
def test_the_delay_doubles_from_five_seconds_to_fifteen_minutes(
    attempts: int, seconds: int
) -> None:
    assert delay_after(attempts, jitter=0) == timedelta(seconds=seconds)


@given(st.integers(-5, 10**9), st.floats(0, 1, exclude_max=True))
def test_jitter_shortens_a_delay_by_a_share_at_most(attempts: int, jitter: float) -> None:
    full = delay_after(attempts, jitter=0)
    assert full * (1 - JITTER_SHARE) <= delay_after(attempts, jitter=jitter) <= full


def test_a_permanent_failure_is_dead_at_once() -> None:
    refused = Outcome(delivered=False, reason="404", permanent=True)
    decision = after_failure(refused, attempts=1, age=timedelta(0), jitter=0)
    assert (decision.delay, decision.reason) == (None, "404")


def test_a_passing_failure_is_dead_after_72_hours() -> None:
    def decide(age: timedelta, attempts: int) -> timedelta | None:
        return after_failure(BUSY, attempts=attempts, age=age, jitter=0).delay

    assert decide(GIVE_UP_AFTER - timedelta(seconds=1), 300) == LONGEST_DELAY
    assert decide(GIVE_UP_AFTER, 300) is None
    # A clock stepped days ahead makes a fresh message look old.
    assert decide(GIVE_UP_AFTER, ATTEMPTS_BEFORE_GIVING_UP - 1) is not None


@pytest.mark.parametrize(("asked", "seconds"), [(1, 5), (60, 60), (86400, 900), (-3, 5)])
def test_a_receiver_may_ask_for_a_longer_delay_within_bounds(asked: float, seconds: int) -> None:
    outcome = Outcome(delivered=False, reason="429", retry_after_seconds=asked)
    decision = after_failure(outcome, attempts=1, age=timedelta(0), jitter=0)
    assert decision.delay == timedelta(seconds=seconds)
