"""What this process remembers between polls of why an account was not polled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.coverage import NOT_RECORDED, gap_now

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from batchbell.clock import Clock
    from batchbell.core.account_health import AccountState
    from batchbell.core.gap import Gap


class AccountCoverage:
    """Watches over the polls of one account."""

    def __init__(self, clock: Clock, grace_period: timedelta) -> None:
        """`grace_period` is how long after a good poll the next one may come."""
        self._clock = clock
        self._grace_period = grace_period
        #: Returns when the database was out of reach last, for all accounts; None for never. A
        #: replica without it polls nothing, and may have another one's accounts afterwards.
        self.cut_off_at: Callable[[], datetime | None] = lambda: None
        self._slept_before = clock.slept
        #: The last poll of an earlier process.
        self._polled_before: datetime | None = None
        self._unrecorded_since: datetime | None = None
        #: Whether the last good poll was this process's.
        self._is_ours = False

    def look(self, state: AccountState) -> None:
        """Take notice of what the database has before a poll is recorded."""
        self._polled_before = self._polled_before or state.last_poll_at

    def gap(self, state: AccountState, now: datetime) -> Gap | None:
        """Return the gap that a good poll now ends, if the last one is too long ago."""
        due = state.blind_after
        good = state.last_good_poll_at
        health = state.health
        return gap_now(
            good,
            now,
            grace_period=due - good if due is not None and good is not None else self._grace_period,
            # On a paused virtual machine no clock runs: the start would seem to be later.
            running_since=None if self._is_ours else self._clock.running_since,
            polled_before=self._polled_before,
            failing_since=health.failing_since or self._unrecorded_since or self._cut_off(good),
            trouble=health.trouble or NOT_RECORDED,
            asleep=self._clock.slept - self._slept_before,
        )

    def _cut_off(self, good: datetime | None) -> datetime | None:
        at = self.cut_off_at()
        return at if at is not None and good is not None and at > good else None

    def recorded(self) -> None:
        """Note that a good poll is committed."""
        self._slept_before = self._clock.slept
        self._unrecorded_since = None
        self._is_ours = True

    def not_recorded(self) -> None:
        """Note that a poll could not be written."""
        self._unrecorded_since = self._unrecorded_since or self._clock.now()
