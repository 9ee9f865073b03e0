"""A message as a row of the deliveries page: what it tells, how far it came on each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.addresses import job_page
from batchbell.core.awaiting import awaited_until
from batchbell.core.event import Severity
from batchbell.core.gauges import Backlog
from batchbell.core.standing.channels import channel_standing
from batchbell.messages.delivery_words import state_word
from batchbell.messages.headline import headline
from batchbell.store import channels
from batchbell.store.views.deliveries import attempts_of
from batchbell.web.components.delivery_entry import WAITING, delivery_entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.store.database import Transaction
    from batchbell.store.views.deliveries import Attempt, Delivery
    from batchbell.store.views.told_alike import ToldAlike
    from batchbell.web.components.delivery_entry import DeliveryEntry

#: What a row says first of when: of what was sent, if anything was.
_STATES = ("sent", "dead", "pending")


class Fared(NamedTuple):
    """Channels on which a message came as far."""

    severity: Severity
    #: How far, if that is more than that it was sent: `given up`.
    state: str
    channels: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """What is shown of one message, told to one channel or several."""

    #: The number of the first delivery of it.
    number: int
    severity: Severity
    #: The first event that it tells, and where its job's page is, seen from the overview: '' for an
    #: event of no job.
    headline: str
    address: str
    #: How many more events it tells.
    more: int
    is_reminder: bool
    #: The one time it has: when it was sent last, or given up, or queued.
    at: datetime
    #: What happened then.
    did: str
    deliveries: Sequence[DeliveryEntry]
    fared: Sequence[Fared]


def message_lines(
    connection: Transaction, several: Sequence[ToldAlike], now: datetime
) -> list[MessageLine]:
    """Return a row for each of these messages."""
    numbers = [entry.delivery.notification_id for told in several for entry in told.entries]
    attempts = attempts_of(connection, numbers)
    healths = {each.channel: each for each in channels.load_configured(connection)}
    return [_line(told, attempts, healths, now) for told in several]


def _line(
    told: ToldAlike,
    attempts: Mapping[int, Sequence[Attempt]],
    healths: Mapping[str, ChannelHealth],
    now: datetime,
) -> MessageLine:
    event = None if told.first is None else told.first.event
    until = None if event is None else awaited_until(event, now)
    several = sorted((each.delivery for each in told.entries), key=lambda each: each.channel)
    entries = [
        delivery_entry(
            each, healths.get(each.channel), attempts.get(each.notification_id, ()), now, until
        )
        for each in several
    ]
    state, at = _when(several, now)
    return MessageLine(
        number=min(each.notification_id for each in several),
        severity=_severity(entries),
        headline="" if event is None else headline(event),
        address="" if event is None or not event.job_id else job_page(event.account, event.job_id),
        more=max(told.events - 1, 0),
        is_reminder=told.is_reminder,
        at=at,
        did=state,
        deliveries=entries,
        fared=_fared(several, entries, healths),
    )


def _when(several: Sequence[Delivery], now: datetime) -> tuple[str, datetime]:
    """Return what happened last of the best, and when: another machine's clock may be ahead."""
    best = min((each.state for each in several), key=_STATES.index)
    those = [each for each in several if each.state == best]
    if best == "pending":
        return "queued", min(each.created_at for each in those)
    ended = max(each.ended_at or each.created_at for each in those)
    return state_word(those[0]), min(ended, now)


def _fared(
    several: Sequence[Delivery],
    entries: Sequence[DeliveryEntry],
    healths: Mapping[str, ChannelHealth],
) -> list[Fared]:
    """Return the channels by how the message fared on them, the worst first.

    What waits for its channel stands last, as bad as that: of the message that says nothing.
    """
    alike: dict[tuple[bool, int, str], list[str]] = {}
    for delivery, entry in zip(several, entries, strict=True):
        word = "" if delivery.state == "sent" else state_word(delivery)
        severity = entry.severity
        if entry.waits_for_channel:
            word, severity = WAITING, channel_standing(healths[entry.channel], Backlog()).severity
        alike.setdefault((entry.waits_for_channel, -severity, word), []).append(delivery.channel)
    return [Fared(Severity(-bad), word, names) for (_, bad, word), names in sorted(alike.items())]


def _severity(entries: Sequence[DeliveryEntry]) -> Severity:
    """Return how bad it is; that a channel is in trouble stands above, unless all of them are."""
    own = [each.severity for each in entries if not each.waits_for_channel]
    return max(own, default=Severity.WARNING)
