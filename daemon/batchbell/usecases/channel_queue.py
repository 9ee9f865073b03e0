"""One channel's queue: whose turn it is, and what follows from an attempt; a transaction each."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.delivery.backoff import GIVE_UP_AFTER
from batchbell.core.delivery.follow_up import follow_up
from batchbell.core.delivery.lost import message_lost
from batchbell.core.delivery.pacing import AT_ONCE
from batchbell.core.delivery.turn import CLAIM, Send, Wait, first_from, next_turn
from batchbell.errors import LeaseLostError
from batchbell.messages.overtaken import jobs_that_may_be_over
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Content
from batchbell.store import channels, ledger, pacing, queue, reminders
from batchbell.store import events as event_log
from batchbell.store.database import about_channel
from batchbell.usecases.announce import announce
from batchbell.usecases.late_facts import seen_since

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.core.delivery.follow_up import FollowUp
    from batchbell.core.delivery.outcome import Outcome
    from batchbell.core.delivery.pacing import Pacing
    from batchbell.core.delivery.waiting import Waiting
    from batchbell.core.event import Event
    from batchbell.core.routing import Filter
    from batchbell.store.channels import StoredChannel
    from batchbell.store.database import Database, Transaction
    from batchbell.store.queue import Claim

logger = logging.getLogger(__name__)

#: How long to leave a message alone that another transaction is changing.
_A_MOMENT = timedelta(milliseconds=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a channel wants its messages, by the configuration in force."""

    composer: Composer = field(default_factory=Composer)
    pacing: Pacing = AT_ONCE


class Claimed(NamedTuple):
    """A message that is ours to send."""

    message: Waiting
    #: Idempotency key, the same on every attempt.
    key: str
    #: What it says; None if that could not be written.
    content: Content | None
    #: The claim's: what comes of it is refused once there is a later one.
    number: int


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


class _Known(NamedTuple):
    """What a turn is decided by."""

    channel: StoredChannel
    #: What else is pending.
    waiting: Sequence[Waiting]


class ChannelQueue:
    """Loads what waits on one channel, lets the core decide, writes what it decided."""

    def __init__(
        self,
        channel: str,
        *,
        database: Database,
        filters: Callable[[], Sequence[Filter]],
        jitter: Callable[[], float],
        claim_for: timedelta = CLAIM,
    ) -> None:
        """Take the tools: `filters` returns those of all channels, `jitter` draws from [0, 1).

        A claim lasts `claim_for`, and is renewed while sending.
        """
        self.channel = channel
        self.claim_for = claim_for
        self._database = database
        self._filters = filters
        self._jitter = jitter

    def take_turn(self, terms: Terms, now: datetime) -> Claimed | Wait | None:
        """Claim the message whose turn it is; what it says is fixed in the same transaction.

        Returns what the channel waits for instead, None if for nothing. Raises `DatabaseError`.
        """
        with self._database.write(about_channel(self.channel)) as connection:
            return self._turn(connection, terms, now)

    def renew(self, claimed: Claimed, now: datetime) -> None:
        """Keep a claim while the send takes its time. Raises `DatabaseError`."""
        message = claimed.message.notification_id
        with self._database.write(about_channel(self.channel)) as connection:
            queue.renew(connection, message, claimed.number, now=now, claim_for=self.claim_for)

    def record(self, claimed: Claimed, attempt: EndedSend) -> Recorded:
        """Record one attempt, with all that follows from it.

        Raises `DatabaseError`, `LeaseLostError` if another replica claimed the message meanwhile.
        """
        with self._database.write(about_channel(self.channel)) as connection:
            recorded, _ = self._recorded(connection, claimed, attempt)
            return recorded

    def record_and_take_turn(
        self, claimed: Claimed, attempt: EndedSend, terms: Terms, now: datetime
    ) -> tuple[Recorded, Claimed | Wait | None]:
        """Do both in one transaction: a commit is half of what a message takes.

        Raises as both do.
        """
        with self._database.write(about_channel(self.channel)) as connection:
            recorded, known = self._recorded(connection, claimed, attempt)
            return recorded, self._turn(connection, terms, now, known)

    def _turn(
        self, connection: Transaction, terms: Terms, now: datetime, known: _Known | None = None
    ) -> Claimed | Wait | None:
        first = first_from(terms.pacing, now)
        if known is None or first is not None:
            known = _Known(
                channels.look_up(connection, self.channel),
                queue.waiting(connection, self.channel, first_from=first, now=now),
            )
        turn = next_turn(
            known.waiting,
            pacing=terms.pacing,
            lately=pacing.lately(connection, known.channel, terms.pacing),
            now=now,
        )
        pacing.note(connection, known.channel.health, turn.hold)
        if not isinstance(turn.action, Send):
            return turn.action
        if turn.action.begins_round:
            pacing.begin_round(connection, self.channel, now)
        return self._claim(connection, turn.action, terms.composer, now)

    def _recorded(
        self, connection: Transaction, claimed: Claimed, attempt: EndedSend
    ) -> tuple[Recorded, _Known | None]:
        """Return what followed, and what is known of the next turn if nothing more changed it."""
        message, (outcome, started_at, ended_at) = claimed.message, attempt
        if not _is_ours(connection, claimed, attempt):
            raise LeaseLostError(
                f"another replica claimed message {message.notification_id} to {self.channel}"
            )
        ledger.record_attempt(
            connection,
            message.notification_id,
            outcome,
            started_at=started_at,
            duration=max(ended_at - started_at, timedelta(0)),
        )
        known = self._known_besides(connection, message, outcome, ended_at)
        decided = follow_up(
            message,
            known.waiting,
            outcome,
            health=known.channel.health,
            now=ended_at,
            jitter=self._jitter(),
        )
        self._write(connection, message, decided, ended_at)
        recorded = Recorded(
            self._tell(connection, known.channel, outcome, decided, ended_at),
            is_dead=decided.given_up is not None,
            is_set_aside=any(
                one.set_aside and one.notification_id == message.notification_id
                for one in decided.changed
            ),
        )
        is_news = decided.changed or recorded.events or known.channel.is_removed
        return recorded, None if is_news or not outcome.delivered else _after(known, decided)

    def _known_besides(
        self, connection: Transaction, message: Waiting, outcome: Outcome, now: datetime
    ) -> _Known:
        """Return what is known but for the message; one that was taken waits no more."""
        channel = channels.look_up(connection, self.channel)
        if outcome.delivered:
            # As the next turn asks: mostly it can be decided by the same.
            return _Known(channel, queue.waiting(connection, self.channel, now=now))
        others = [
            one
            for one in queue.waiting(connection, self.channel)
            if one.notification_id != message.notification_id
        ]
        return _Known(channel, others)

    def _claim(
        self, connection: Transaction, turn: Send, composer: Composer, now: datetime
    ) -> Claimed | Wait:
        message = turn.message
        claim = queue.claim(connection, message.notification_id, now=now, claim_for=self.claim_for)
        if claim is None:
            return Wait(until=now + _A_MOMENT)
        content = _fixed(claim, composer)
        if content is None:
            free = queue.free_of(connection, turn.takes_up)
            content = self._compose(connection, replace(turn, takes_up=free), composer, now)
        return Claimed(message, claim.key, content, claim.number)

    def _compose(
        self, connection: Transaction, turn: Send, composer: Composer, now: datetime
    ) -> Content | None:
        """Fix what a message says; one that can't be written takes up no other."""
        for others in dict.fromkeys((turn.takes_up, ())):
            told = _told_by(connection, turn.message, others)
            later = event_log.overtaking(connection, jobs_that_may_be_over(told))
            again = seen_since(connection, told, now)
            try:
                content = composer.knowing(later, again).compose(told, now)
            except Exception:
                facts = {"channel": self.channel, "notification": turn.message.notification_id}
                logger.exception("a message could not be written", extra=facts)
                continue
            queue.take_up(connection, turn.message, others)
            ledger.fix_content(connection, turn.message.notification_id, content.to_json())
            return content
        return None

    def _write(
        self,
        connection: Transaction,
        message: Waiting,
        decided: FollowUp,
        now: datetime,
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
                self.channel,
                created_before=now - GIVE_UP_AFTER,
                reason=str(decided.given_up),
                now=now,
            )

    def _tell(
        self,
        connection: Transaction,
        channel: StoredChannel,
        outcome: Outcome,
        decided: FollowUp,
        now: datetime,
    ) -> Sequence[Event]:
        """Write how the channel does, and notify the others; return their events."""
        if channel.is_removed:
            # While this was on its way: its health is nobody's concern any more.
            return ()
        if outcome.gone:
            # Queue nothing more for it, and give up what waits.
            channels.disable(connection, self.channel, now)
            ledger.give_up_channel(connection, self.channel, reason=outcome.reason, now=now)
        channels.save(connection, decided.health)
        gone = decided.given_up is not None
        events = [self._lost(connection, one, now, is_given_up=gone) for one in decided.lost]
        told = [event for event in (decided.event, *events) if event is not None]
        if not told:
            # As nearly always: who would be told takes a look at all channels.
            return ()
        return announce(connection, told, self._filters(), now)

    def _lost(
        self, connection: Transaction, message: Waiting, now: datetime, *, is_given_up: bool
    ) -> Event | None:
        return message_lost(
            self.channel,
            queue.key_of(connection, message.notification_id),
            _told_by(connection, message),
            number=message.notification_id,
            is_given_up=is_given_up,
            error=message.reason,
            now=now,
        )


def _is_ours(connection: Transaction, claimed: Claimed, attempt: EndedSend) -> bool:
    """Whether nobody claimed it meanwhile; one that was taken is marked as sent in the same go."""
    message, number = claimed.message, claimed.number
    if attempt.outcome.delivered:
        return ledger.mark_sent(connection, message, number, attempt.ended_at)
    return queue.has_claim(connection, message.notification_id, number)


def _after(known: _Known, decided: FollowUp) -> _Known:
    """Return what is known once a success is written."""
    health = replace(known.channel.health, recovered_at=decided.health.recovered_at)
    return known._replace(channel=replace(known.channel, health=health))


def _fixed(claim: Claim, composer: Composer) -> Content | None:
    """Return what the message says if that is fixed; made for another URL it means nothing."""
    if claim.content is None:
        return None
    content = Content.from_json(claim.content)
    return content if content.family == composer.family else None


def _told_by(
    connection: Transaction, message: Waiting, others: Sequence[Waiting] = ()
) -> list[Event]:
    if message.is_reminder:
        return reminders.events_of(connection, message.notification_id)
    ids = [one.notification_id for one in (message, *others)]
    return [stored.event for stored in queue.events_of(connection, ids)]
