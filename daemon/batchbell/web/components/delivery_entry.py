"""A delivery as the page shows it: to whom, how far it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.delivery.given_up import is_refused
from batchbell.core.event import Severity
from batchbell.messages.attempt_folds import folded_attempts
from batchbell.messages.delivery_words import (
    fails_since,
    held_in_short,
    held_until,
    hold_of,
    how_far,
    state_word,
)
from batchbell.messages.plain_text import duration, relative

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.messages.delivery_words import HoldWords
    from batchbell.store.views.deliveries import Attempt, Delivery


#: What is said of what waits for its channel; why is said once where that outage stands.
WAITING = "waiting"
#: What its receiver did not take for its own sake.
REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryEntry:
    """One delivery: to whom, how far it came, every attempt."""

    #: The notification's number, which `batchbell deliveries` takes.
    number: int
    channel: str
    #: Whether that is still configured.
    has_channel: bool
    is_reminder: bool
    severity: Severity
    #: How far it came, in a word: `sent`, `refused`, `given up`, `retrying`, `waiting`.
    word: str
    #: The same in a phrase: "sent 3m ago", "waiting since 18:19 UTC (8h)".
    state: str
    #: Whether it waits for its failing channel to deliver, not for its own turn.
    waits_for_channel: bool
    #: The time the state speaks of; of one that is held, when it was queued.
    at: datetime
    #: Whether the state names its time: none is printed behind it.
    says_when: bool
    #: Why it failed, or waits; '' if there is nothing to say.
    reason: str
    attempts: Sequence[Attempt]
    #: Why it is not due yet, and until when; None if it is.
    held: HoldWords | None = None
    #: Whether that is until the deadline of the job is over, for which it would be needed.
    is_too_late: bool = False
    #: How many events its message tells.
    events: int = 1

    @property
    def brief(self) -> str:
        """The state where its channel's outage is said once: what waits for its end just waits."""
        if self.held is not None:
            return held_in_short([self.held])
        return WAITING if self.waits_for_channel else self.state

    @property
    def lacks_it(self) -> bool:
        """Whether its channel should have its message, and has not."""
        return self.severity >= Severity.WARNING

    @property
    def runs(self) -> Sequence[Sequence[Attempt]]:
        """The attempts, those together that ended alike."""
        return [*folded_attempts(self.attempts)]


def delivery_entry(
    delivery: Delivery,
    health: ChannelHealth | None,
    attempts: Sequence[Attempt],
    now: datetime,
    awaited_until: datetime | None = None,
    *,
    due: datetime | None = None,
) -> DeliveryEntry:
    """Return a delivery in words; `health` is of its channel, None if that was removed.

    `awaited_until` is how long it waits at most for the verdict on a job; None if it does not.
    `due` is when its job is due, of one that runs.
    """
    severity, state, at = how_far(delivery, now)
    word = state_word(delivery)
    if delivery.state == "dead" and is_refused(delivery.reason):
        # The same word and sign as of its channel, which takes others.
        severity, word, state = Severity.WARNING, REFUSED, f"{REFUSED} {relative(at, now)}"
    says_when = severity is Severity.INFO
    reason = "" if delivery.state == "sent" else delivery.reason
    if severity is Severity.INFO and awaited_until is not None and not delivery.is_reminder:
        at, says_when = awaited_until, False
        state = f"waits for its verdict, {duration(at - now)} at most"
    waits_for_channel = _waits_for_channel(delivery, health)
    if health is not None and waits_for_channel:
        # When it is asked again is said of the channel: there is one clock.
        failure = fails_since(health, now)
        severity, state, at = (
            outage_severity(health),
            f"{WAITING}: {failure}",
            delivery.created_at,
        )
        says_when = False
    held = hold_of(health, now) if health is not None and severity is Severity.INFO else None
    if health is not None and held is not None:
        at, says_when, reason = delivery.created_at, True, health.held_because
        state = held_until(held.until, now)
    return DeliveryEntry(
        number=delivery.notification_id,
        channel=delivery.channel,
        has_channel=health is not None,
        is_reminder=delivery.is_reminder,
        severity=severity,
        word=word,
        state=state,
        waits_for_channel=waits_for_channel,
        at=at,
        says_when=says_when,
        reason=reason,
        attempts=attempts,
        held=held,
        is_too_late=held is not None and due is not None and now < due <= held.until,
    )


def outage_severity(health: ChannelHealth) -> Severity:
    """Return how bad it is that a channel fails: a failure once others were told."""
    return Severity.FAILURE if health.told else Severity.WARNING


def _waits_for_channel(delivery: Delivery, health: ChannelHealth | None) -> bool:
    return health is not None and health.failing_since is not None and delivery.state == "pending"
