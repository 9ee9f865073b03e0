"""When a failed send is tried again, and when it is given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.core.delivery.outcome import Outcome

#: Delay after the first failure; doubles with every further one.
FIRST_DELAY = timedelta(seconds=5)
#: No delay is longer, jitter included.
LONGEST_DELAY = timedelta(minutes=15)
#: A message this old that still fails for a passing reason is dead.
GIVE_UP_AFTER = timedelta(hours=72)
#: ... but not before this many attempts: a clock stepped days ahead must not kill a fresh message.
ATTEMPTS_BEFORE_GIVING_UP = 10
#: Share of a delay that jitter may take off, so that receivers are not hit in step.
JITTER_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDecision:
    """What follows a failed attempt: another one after `delay`, or death (`delay` is None)."""

    delay: timedelta | None
    reason: str


def delay_after(attempts: int, *, jitter: float) -> timedelta:
    """Return the wait after the `attempts`-th failure in a row (from 1).

    `jitter` is a random number in [0, 1); the caller draws it.
    """
    doublings = min(max(attempts, 1) - 1, 20)
    full_seconds = min(FIRST_DELAY.total_seconds() * 2.0**doublings, LONGEST_DELAY.total_seconds())
    return timedelta(seconds=full_seconds * (1 - JITTER_SHARE * jitter))


def after_failure(
    outcome: Outcome, *, attempts: int, age: timedelta, jitter: float
) -> RetryDecision:
    """Decide what follows a failed attempt.

    `attempts` counts this one, `age` is how long ago the message was created.
    """
    if outcome.permanent:
        return RetryDecision(delay=None, reason=outcome.reason)
    if age >= GIVE_UP_AFTER and attempts >= ATTEMPTS_BEFORE_GIVING_UP:
        hours = GIVE_UP_AFTER // timedelta(hours=1)
        return RetryDecision(delay=None, reason=f"gave up after {hours} h: {outcome.reason}")
    delay = delay_after(attempts, jitter=jitter)
    if outcome.retry_after_seconds is not None:
        asked = timedelta(seconds=max(outcome.retry_after_seconds, 0))
        delay = min(max(delay, asked), LONGEST_DELAY)
    return RetryDecision(delay=delay, reason=outcome.reason)
