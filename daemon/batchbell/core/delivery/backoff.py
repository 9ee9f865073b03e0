"""When a failed send is tried again, and when it is given up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.delivery.outcome import Fault

if TYPE_CHECKING:
    from datetime import datetime

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
#: A channel that took a message after a failure is flaky for so long: it fails now and then.
FLAKY_FOR = timedelta(minutes=1)
#: So many failures in a row of a flaky channel are taken for more of the same, and ...
FLAKY_TRIES = 6
#: ... cost this, twice this, three times this, ... instead of a delay.
FLAKY_PAUSE = timedelta(seconds=0.5)


def delay_after(attempts: int, *, jitter: float) -> timedelta:
    """Return the wait after the `attempts`-th failure in a row (from 1).

    `jitter` is a random number in [0, 1); the caller draws it.
    """
    doublings = min(max(attempts, 1) - 1, 20)
    full_seconds = min(FIRST_DELAY.total_seconds() * 2.0**doublings, LONGEST_DELAY.total_seconds())
    return timedelta(seconds=full_seconds * (1 - JITTER_SHARE * jitter))


def is_flaky(recovered_at: datetime | None, now: datetime) -> bool:
    """Whether a channel fails now and then, by when it last took a message after a failure."""
    return recovered_at is not None and recovered_at <= now < recovered_at + FLAKY_FOR


def retry_delay(
    outcome: Outcome, *, failures: int, jitter: float, flaky: bool = False
) -> timedelta:
    """Return the wait after the `failures`-th failure in a row (from 1).

    A receiver may ask for more, up to the longest delay.
    """
    if not flaky:
        delay = delay_after(failures, jitter=jitter)
    elif failures <= FLAKY_TRIES and outcome.fault is Fault.UNKNOWN:
        delay = FLAKY_PAUSE * failures
    else:
        delay = delay_after(failures - FLAKY_TRIES, jitter=jitter)
    asked = timedelta(seconds=max(outcome.retry_after_seconds or 0, 0))
    return min(max(delay, asked), LONGEST_DELAY)


def is_too_old(*, attempts: int, age: timedelta) -> bool:
    """Whether a message that still fails for a passing reason is dead.

    `attempts` counts the last one, `age` is how long ago the message was created.
    """
    return age >= GIVE_UP_AFTER and attempts >= ATTEMPTS_BEFORE_GIVING_UP
