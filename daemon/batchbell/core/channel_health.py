"""Whether a channel delivers, and when the other channels are notified that it does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts, OutageFacts
from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from datetime import datetime

#: A channel that fails for passing reasons is announced after this long; a permanent one at once.
FAILING_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealth:
    """How sending to a channel has gone lately."""

    channel: str
    #: Why its next message waits, and until when; '' and None if none does.
    held_because: str = ""
    held_until: datetime | None = None
    #: When its receiver said that it wants no more; None while it may be sent to.
    disabled_at: datetime | None = None
    #: The first failure since the last success; None if all is well.
    failing_since: datetime | None = None
    #: Whether `channel.failing` was announced for this outage.
    told: bool = False
    last_success_at: datetime | None = None
    #: When it last took a message after a failure.
    recovered_at: datetime | None = None
    #: Messages in a row that its receiver called invalid.
    refused: int = 0
    #: What the last failure said, without secrets; '' if all is well.
    last_error: str = ""


class Missed(NamedTuple):
    """What a channel that fails was not sent."""

    #: Messages that wait.
    messages: int
    #: How many events of these, and of those that were given up, no other channel is told of.
    only_here: int


def with_missed(event: Event, missed: Missed) -> Event:
    """Return the news that a channel fails with what it was not sent."""
    outage = replace(
        event.facts.outage, waiting=missed.messages, told_nowhere_else=missed.only_here
    )
    return replace(event, facts=replace(event.facts, outage=outage))


def after_success(health: ChannelHealth, *, now: datetime) -> tuple[ChannelHealth, Event | None]:
    """Return the channel's health after a message was taken, and what the others hear of it."""
    well = ChannelHealth(
        channel=health.channel,
        last_success_at=now,
        recovered_at=health.recovered_at if health.failing_since is None else now,
    )
    if health.failing_since is None or not health.told:
        return well, None
    return well, _event(EventKind.CHANNEL_RECOVERED, health, health.failing_since, now)


def after_failure(
    health: ChannelHealth, reason: str, *, at_once: bool, now: datetime
) -> tuple[ChannelHealth, Event | None]:
    """Return the channel's health after a failure of its own, and what the others hear of it.

    `at_once` if it can't pass by itself: then they are notified without waiting for more of them.
    """
    since = min(health.failing_since or now, now)
    failing = replace(health, failing_since=since, last_error=reason)
    if failing.told or not (at_once or now - since >= FAILING_AFTER):
        return failing, None
    event = _event(EventKind.CHANNEL_FAILING, failing, since, now, given_up=at_once)
    return replace(failing, told=True), event


def _event(
    kind: EventKind,
    health: ChannelHealth,
    since: datetime,
    now: datetime,
    *,
    given_up: bool = False,
) -> Event:
    return Event(
        kind=kind,
        account="",
        # Two channels can start to fail in the same microsecond: the name keeps the keys apart.
        qualifier=f"{health.channel} {rfc3339(since)}",
        happened_at=since if kind is EventKind.CHANNEL_FAILING else now,
        seen_at=now,
        facts=Facts(
            channel=health.channel,
            outage=OutageFacts(error=health.last_error, since=since, given_up=given_up),
        ),
    )
