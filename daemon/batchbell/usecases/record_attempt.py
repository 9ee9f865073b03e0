"""What follows from an attempt, as it is written: for the message, the channel and the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.channel_health import with_missed
from batchbell.core.delivery.backoff import GIVE_UP_AFTER
from batchbell.core.delivery.lost import message_lost, with_told_elsewhere
from batchbell.core.event import EventKind
from batchbell.messages.lost_details import said_of_lost
from batchbell.store import channels, ledger, queue
from batchbell.store.missed import missed, told_elsewhere
from batchbell.usecases.announce import announce
from batchbell.usecases.claim_message import told_by

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.delivery.follow_up import FollowUp
    from batchbell.core.delivery.outcome import Outcome
    from batchbell.core.delivery.waiting import Waiting
    from batchbell.core.event import Event
    from batchbell.core.routing import Filter
    from batchbell.store.channels import StoredChannel
    from batchbell.store.database import Transaction


class EndedSend(NamedTuple):
    """A send that has ended."""

    outcome: Outcome
    started_at: datetime
    ended_at: datetime


class Recorded(NamedTuple):
    """What followed from an attempt."""

    #: What the other channels are notified of.
    events: Sequence[Event]
    #: Whether the message was given up.
    is_dead: bool
    #: Whether the message is at fault itself.
    is_set_aside: bool


def write_what_follows(
    connection: Transaction,
    channel: StoredChannel,
    message: Waiting,
    attempt: EndedSend,
    decided: FollowUp,
    *,
    filters: Callable[[], Sequence[Filter]],
) -> Recorded:
    """Write what was decided, and notify the other channels of what they are to hear."""
    _write(connection, channel.health.channel, message, decided, attempt.ended_at)
    return Recorded(
        _tell(connection, channel, attempt.outcome, decided, attempt.ended_at, filters),
        is_dead=decided.given_up is not None,
        is_set_aside=any(
            one.set_aside and one.notification_id == message.notification_id
            for one in decided.changed
        ),
    )


def _write(
    connection: Transaction, channel: str, message: Waiting, decided: FollowUp, now: datetime
) -> None:
    """Write what became of the message and of those that wait with it."""
    if decided.given_up is not None:
        ledger.give_up(connection, message, reason=decided.given_up, now=now)
    for one in decided.changed:
        ledger.put_back(connection, one)
    if decided.gives_up_as_old:
        # What waited behind it is as old: it ends with it instead of starting anew.
        ledger.give_up_older(
            connection,
            channel,
            created_before=now - GIVE_UP_AFTER,
            reason=str(decided.given_up),
            now=now,
        )


def _tell(
    connection: Transaction,
    channel: StoredChannel,
    outcome: Outcome,
    decided: FollowUp,
    now: datetime,
    filters: Callable[[], Sequence[Filter]],
) -> Sequence[Event]:
    """Write how the channel does, and notify the others; return their events."""
    if channel.is_removed:
        # While this was on its way: its health is nobody's concern any more.
        return ()
    name = channel.health.channel
    if outcome.gone:
        # Queue nothing more for it, and give up what waits.
        channels.disable(connection, name, now)
        ledger.give_up_channel(connection, name, reason=outcome.reason, now=now)
    channels.save(connection, decided.health)
    gone = decided.given_up is not None
    events = [_lost(connection, decided.health, one, now, is_given_up=gone) for one in decided.lost]
    news = decided.event
    if news is not None and news.kind is EventKind.CHANNEL_FAILING:
        since = decided.health.failing_since or now
        news = with_missed(news, missed(connection, name, since))
    told = [event for event in (news, *events) if event is not None]
    if not told:
        # As nearly always: who would be told takes a look at all channels.
        return ()
    return announce(connection, told, filters(), now)


def _lost(
    connection: Transaction,
    health: ChannelHealth,
    message: Waiting,
    now: datetime,
    *,
    is_given_up: bool,
) -> Event | None:
    told, number = told_by(connection, message), message.notification_id
    lost = message_lost(
        health.channel,
        queue.key_of(connection, number),
        told,
        number=number,
        is_given_up=is_given_up,
        error=message.reason,
        now=now,
        words=said_of_lost(told),
    )
    # What a reminder tells was told before.
    if lost is None or message.is_reminder:
        return lost
    elsewhere = told_elsewhere(connection, health.channel, number)
    return with_told_elsewhere(lost, elsewhere, health.last_success_at)
