"""How an account stands: is it polled, and is what the polls bring of use."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.coverage import polled_in_time
from batchbell.core.standing.reasons import Reason
from batchbell.core.standing.verdict import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.core.account_health import AccountState

#: A machine's clock that differs less from the API's is no news.
SKEW_WORTH_TELLING = timedelta(seconds=60)
#: Of an account never polled well nobody knows the interval: it counts as left alone after this.
LEFT_ALONE_AFTER = timedelta(minutes=5)


def account_standing(state: AccountState, now: datetime) -> Standing:
    """Judge an account: is it polled, and is what the polls bring of use.

    In time is what whoever polls last had meant to be: the account's own interval decides.
    """
    good, due = state.last_good_poll_at, state.blind_after
    failing_since = state.health.failing_since
    if not state.is_watched:
        return Standing.of({Reason.NOT_WATCHED: good})
    found: dict[Reason, datetime | None] = {}
    if failing_since is not None:
        found[Reason.OUTAGE_TOLD if state.health.told else Reason.POLL_FAILED] = failing_since
    if good is None or due is None:
        found[Reason.NEVER_SEEN] = None
    elif not polled_in_time(good, now, grace_period=due - good):
        found[Reason.NOT_SEEN] = good
    elif failing_since is None:
        found[Reason.POLLED_IN_TIME] = good
    if is_clock_off(timedelta(seconds=state.skew_seconds or 0.0)):
        found[Reason.CLOCK_OFF] = None
    if state.skipped_rows or state.bad_fields:
        found[Reason.UNUSABLE_ROWS] = None
    return Standing.of(found)


def is_clock_off(skew: timedelta) -> bool:
    """Whether a wall clock so far ahead of the API's time, or behind it, is worth a word."""
    return abs(skew) > SKEW_WORTH_TELLING


def left_alone_since(states: Iterable[AccountState], now: datetime) -> datetime | None:
    """Return the last poll if no account was polled in time since, well or not: nobody polls.

    None while somebody does, or if nobody ever did.
    """
    tried = [
        (state.last_poll_at, _grace_period(state))
        for state in states
        if state.last_poll_at is not None and state.is_watched
    ]
    if any(polled_in_time(at, now, grace_period=grace_period) for at, grace_period in tried):
        return None
    return max((at for at, _ in tried), default=None)


def _grace_period(state: AccountState) -> timedelta:
    if state.last_good_poll_at is None or state.blind_after is None:
        return LEFT_ALONE_AFTER
    return state.blind_after - state.last_good_poll_at
