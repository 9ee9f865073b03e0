"""A delivery as the page shows it: to whom, how far it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.messages.delivery_words import behind_a_failure, how_far
from batchbell.messages.plain_text import duration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.store.views.deliveries import Attempt, Delivery


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
    #: How far it came, in one phrase: "sent 3m ago", "retrying in 40s", "waiting for 1m".
    state: str
    #: The time the state speaks of.
    at: datetime
    #: Why it failed, or waits; '' if there is nothing to say.
    reason: str
    attempts: Sequence[Attempt]


def delivery_entry(
    delivery: Delivery,
    health: ChannelHealth | None,
    attempts: Sequence[Attempt],
    now: datetime,
    awaited_until: datetime | None = None,
) -> DeliveryEntry:
    """Return a delivery in words; `health` is of its channel, None if that was removed.

    `awaited_until` is how long it waits at most for the verdict on a job; None if it does not.
    """
    severity, state, at = how_far(delivery, now)
    reason = "" if delivery.state == "sent" else delivery.reason
    if severity is Severity.INFO and awaited_until is not None and not delivery.is_reminder:
        at = awaited_until
        state = f"waits for its verdict, {duration(at - now)} at most"
    failure = behind_a_failure(delivery, health, now)
    if failure:
        severity, state, at = Severity.WARNING, f"not told: {failure}", delivery.created_at
    held_until = health.held_until if health is not None and severity is Severity.INFO else None
    if health is not None and held_until is not None and held_until > now:
        at, reason = held_until, health.held_because
        state = f"held for {duration(held_until - now)}"
    return DeliveryEntry(
        number=delivery.notification_id,
        channel=delivery.channel,
        has_channel=health is not None,
        is_reminder=delivery.is_reminder,
        severity=severity,
        state=state,
        at=at,
        reason=reason,
        attempts=attempts,
    )
