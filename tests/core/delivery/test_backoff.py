from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.delivery.backoff import (
    ATTEMPTS_BEFORE_GIVING_UP,
    FLAKY_FOR,
    GIVE_UP_AFTER,
    JITTER_SHARE,
    delay_after,
    is_flaky,
    is_too_old,
    retry_delay,
)
from batchbell.core.delivery.outcome import Fault, Outcome
from tests.fakes import START

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


@pytest.mark.parametrize(
    ("age", "attempts", "is_dead"),
    [
        (GIVE_UP_AFTER - timedelta(seconds=1), 300, False),
        (GIVE_UP_AFTER, 300, True),
        # A clock stepped days ahead makes a fresh message look old.
        (GIVE_UP_AFTER, ATTEMPTS_BEFORE_GIVING_UP - 1, False),
    ],
)
def test_a_message_is_too_old_after_72_hours(
    age: timedelta, attempts: int, *, is_dead: bool
) -> None:
    assert is_too_old(attempts=attempts, age=age) is is_dead


@pytest.mark.parametrize(("asked", "seconds"), [(1, 5), (60, 60), (86400, 900), (-3, 5)])
def test_a_receiver_may_ask_for_a_longer_delay_within_bounds(asked: float, seconds: int) -> None:
    outcome = Outcome(delivered=False, reason="429", retry_after_seconds=asked)
    assert retry_delay(outcome, failures=1, jitter=0) == timedelta(seconds=seconds)


def test_a_flaky_channel_is_tried_again_soon_a_few_times() -> None:
    delays = [retry_delay(BUSY, failures=n, jitter=0, flaky=True) for n in range(1, 9)]
    assert [delay.total_seconds() for delay in delays] == [0.5, 1, 1.5, 2, 2.5, 3, 5, 10]


def test_one_that_can_t_be_reached_is_not_flaky() -> None:
    away = Outcome(delivered=False, reason="refused", fault=Fault.CHANNEL)
    assert retry_delay(away, failures=3, jitter=0, flaky=True) == timedelta(seconds=5)


def test_a_channel_is_flaky_for_a_minute_after_it_recovered() -> None:
    assert not is_flaky(None, START)
    assert is_flaky(START, START)
    assert not is_flaky(START, START + FLAKY_FOR)
    # As after a clock that was stepped back.
    assert not is_flaky(START + FLAKY_FOR, START)
