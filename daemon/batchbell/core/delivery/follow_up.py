"""What follows from an attempt to send: for the message, those behind it, and the channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from batchbell.core.channel_health import after_failure, after_success
from batchbell.core.delivery.backoff import (
    ATTEMPTS_BEFORE_GIVING_UP,
    is_flaky,
    is_too_old,
    retry_delay,
)
from batchbell.core.delivery.given_up import after_attempts, after_time
from batchbell.core.delivery.outcome import Fault
from batchbell.core.delivery.waiting import in_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.delivery.outcome import Outcome
    from batchbell.core.delivery.waiting import Waiting
    from batchbell.core.event import Event

#: Failures that are clearly a message's own before the other channels are notified, and ...
TOLD_AFTER = 3
#: ... failures of one that is set aside: a flaky channel may fail some of the same in a row.
TOLD_AFTER_UNCLEAR = 8
#: Messages in a row that each seem to be at fault: then the channel is.
REFUSED_IN_A_ROW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What is to be written after an attempt."""

    #: The messages that changed, as they are now; one that waits no more is not among them.
    changed: tuple[Waiting, ...] = ()
    #: Why the message is given up; None if it is not.
    given_up: str | None = None
    #: Whether what waited behind it and is as old is given up too.
    gives_up_as_old: bool = False
    #: Messages that the other channels hear can't be sent.
    lost: tuple[Waiting, ...] = ()
    health: ChannelHealth
    #: What the other channels are notified of.
    event: Event | None = None


def follow_up(
    message: Waiting,
    behind: Sequence[Waiting],
    outcome: Outcome,
    *,
    health: ChannelHealth,
    now: datetime,
    jitter: float,
) -> FollowUp:
    """Decide what follows.

    `behind` is what else waits, as for `next_turn`; `jitter` is a random number in [0, 1).
    """
    attempt = _Attempt(message, behind, outcome, health, now, jitter)
    if outcome.delivered:
        return attempt.delivered()
    if outcome.fault is Fault.MESSAGE:
        return attempt.message_at_fault()
    if outcome.permanent:
        return attempt.channel_refuses()
    return attempt.set_aside_fails() if message.set_aside else attempt.in_line_fails()


@dataclass(frozen=True, slots=True)
class _Attempt:
    message: Waiting
    others: Sequence[Waiting]
    outcome: Outcome
    health: ChannelHealth
    now: datetime
    jitter: float

    def delivered(self) -> FollowUp:
        """Set aside what failed before while this was taken, and let it be tried behind all."""
        at_fault = [] if self.message.set_aside else self._doubted()
        health, event = after_success(self.health, now=self.now)
        if self.message.attempts:
            health = replace(health, recovered_at=self.now)
        return FollowUp(
            changed=tuple(
                one._replace(set_aside=True, next_attempt_at=self.now) for one in at_fault
            ),
            lost=tuple(one for one in at_fault if one.attempts >= TOLD_AFTER_UNCLEAR),
            health=health,
            event=event,
        )

    def message_at_fault(self) -> FollowUp:
        """Give it up, or set it aside; the channel is at fault only if this goes on and on."""
        health, event = self._after_refusal()
        given_up = None
        if self.outcome.permanent:
            given_up = self.outcome.reason
        elif self._failures >= ATTEMPTS_BEFORE_GIVING_UP:
            given_up = after_attempts(self._failures, self.outcome.reason)
        return self._set_aside(given_up, health, event)

    def channel_refuses(self) -> FollowUp:
        """Give the message up: to try it again unchanged is pointless."""
        health, event = self._channel_fails()
        return FollowUp(given_up=self.outcome.reason, health=health, event=event)

    def set_aside_fails(self) -> FollowUp:
        """Try it again later; what it is at fault for itself says nothing of the channel."""
        health, event = self.health, None
        if self.outcome.fault is Fault.CHANNEL:
            health, event = self._channel_fails()
        age = self.now - self.message.created_at
        is_old = is_too_old(attempts=self._failures, age=age)
        given_up = after_time(self.outcome.reason) if is_old else None
        return self._set_aside(given_up, health, event)

    def in_line_fails(self) -> FollowUp:
        """Put it off, or give it up with all that waited as long."""
        health, event = self._channel_fails()
        # What its pacing held for days is no older than the channel's trouble.
        since = max(self.message.created_at, self.health.failing_since or self.now)
        if is_too_old(attempts=self._failures, age=self.now - since):
            given_up = after_time(self.outcome.reason)
            return FollowUp(given_up=given_up, gives_up_as_old=True, health=health, event=event)
        is_unclear = self.outcome.fault is Fault.UNKNOWN
        failed = self._failed(
            unclear=self.message.unclear + 1 if is_unclear else 0,
            next_attempt_at=self._next_turn(),
        )
        # The oldest has its turn again, and then another of those behind it.
        doubted = (one._replace(unclear=0) for one in self._doubted())
        return FollowUp(changed=(failed, *doubted), health=health, event=event)

    @property
    def _failures(self) -> int:
        return self.message.attempts + 1

    @property
    def _is_flaky(self) -> bool:
        return is_flaky(self.health.recovered_at, self.now)

    def _delay(self, failures: int) -> timedelta:
        return retry_delay(
            self.outcome, failures=failures, jitter=self.jitter, flaky=self._is_flaky
        )

    def _failed(self, **changes: Any) -> Waiting:  # noqa: ANN401 - fields of several types
        return self.message._replace(
            attempts=self._failures,
            reason=self.outcome.reason,
            locked_until=None,
            **changes,
        )

    def _doubted(self) -> list[Waiting]:
        """Return what this one is tried instead of."""
        return [
            one
            for one in in_line(self.others)
            if one.notification_id < self.message.notification_id and one.is_doubted
        ]

    def _next_turn(self) -> datetime:
        """Return when the channel is asked again: as if all its failures were one message's."""
        for oldest in self._doubted():
            if oldest.next_attempt_at > self.now:
                # This was the turn that the oldest left out; its next one stays where it is.
                return oldest.next_attempt_at
        others = sum(one.attempts for one in in_line(self.others))
        left_out = self.message.was_doubted_at_once and not (others or self._is_flaky)
        return self.now + self._delay(self._failures + others + left_out)

    def _set_aside(
        self, given_up: str | None, health: ChannelHealth, event: Event | None
    ) -> FollowUp:
        is_clear = self.outcome.fault is Fault.MESSAGE
        enough = TOLD_AFTER if is_clear else TOLD_AFTER_UNCLEAR
        is_told = not health.told and (given_up is not None or self._failures >= enough)
        # As if all that are set aside were one: of many not one more is tried.
        others = 0 if self._is_flaky else sum(o.attempts for o in self.others if o.set_aside)
        later = self._failed(
            set_aside=True,
            next_attempt_at=self.now + self._delay(self._failures + others),
        )
        return FollowUp(
            changed=() if given_up is not None else (later,),
            given_up=given_up,
            lost=(later,) if is_told else (),
            health=health,
            event=event,
        )

    def _channel_fails(self) -> tuple[ChannelHealth, Event | None]:
        reason, at_once = self.outcome.reason, self.outcome.permanent
        return after_failure(self.health, reason, at_once=at_once, now=self.now)

    def _after_refusal(self) -> tuple[ChannelHealth, Event | None]:
        refused = self.health.refused + (self.message.attempts == 0)
        health = replace(self.health, refused=refused)
        if refused < REFUSED_IN_A_ROW:
            return health, None
        return after_failure(health, self.outcome.reason, at_once=True, now=self.now)
