"""A delivery as the page shows it: to whom, how far it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.event import Severity

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
    is_reminder: bool
    severity: Severity
    #: "sent", "given up", "failing, next attempt", "waiting".
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
) -> DeliveryEntry:
    """Return a delivery in words; `health` is of its channel, None if that was removed."""
    severity, state, at = _standing(delivery)
    reason = "" if delivery.state == "sent" else delivery.reason
    held_until = health.held_until if health is not None and severity is Severity.INFO else None
    if health is not None and held_until is not None and held_until > now:
        state, at, reason = "held until", held_until, health.held_because
    return DeliveryEntry(
        number=delivery.notification_id,
        channel=delivery.channel,
        is_reminder=delivery.is_reminder,
        severity=severity,
        state=state,
        at=at,
        reason=reason,
        attempts=attempts,
    )


def _standing(delivery: Delivery) -> tuple[Severity, str, datetime]:
    ended = delivery.ended_at or delivery.created_at
    if delivery.state == "sent":
        return Severity.SUCCESS, "sent", ended
    if delivery.state == "dead":
        return Severity.FAILURE, "given up", ended
    if delivery.attempts:
        return Severity.WARNING, "failing, next attempt", delivery.next_attempt_at
    return Severity.INFO, "waiting since", delivery.created_at
