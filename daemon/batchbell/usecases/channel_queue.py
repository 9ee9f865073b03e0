"""One channel's queue: whose turn it is, and what follows from an attempt; a transaction each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.delivery.follow_up import follow_up
from batchbell.core.delivery.pacing import AT_ONCE
from batchbell.core.delivery.turn import CLAIM, Send, Wait, first_from, next_turn
from batchbell.errors import LeaseLostError
from batchbell.receivers.compose import Composer
from batchbell.store import channels, ledger, notifications, pacing, queue
from batchbell.store.database import about_channel
from batchbell.usecases.claim_message import NO_PART, Claimed, claim_message
from batchbell.usecases.record_attempt import EndedSend, Recorded, write_what_follows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.core.delivery.follow_up import FollowUp
    from batchbell.core.delivery.outcome import Outcome
    from batchbell.core.delivery.pacing import Pacing
    from batchbell.core.delivery.waiting import Waiting
    from batchbell.core.routing import Filter
    from batchbell.store.channels import StoredChannel
    from batchbell.store.database import Database, Transaction
    from batchbell.usecases.claim_message import DigestPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a channel wants its messages, by the configuration in force."""

    composer: Composer = field(default_factory=Composer)
    pacing: Pacing = AT_ONCE


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
            before = claimed.part if attempt.outcome.delivered else NO_PART
            return recorded, self._turn(connection, terms, now, known, before)

    def _turn(
        self,
        connection: Transaction,
        terms: Terms,
        now: datetime,
        known: _Known | None = None,
        before: DigestPart = NO_PART,
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
        return claim_message(
            connection,
            self.channel,
            _knowing_jobs(connection, turn.action),
            terms.composer,
            now=now,
            claim_for=self.claim_for,
            before=before,
        )

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
        recorded = write_what_follows(
            connection, known.channel, message, attempt, decided, filters=self._filters
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


def _knowing_jobs(connection: Transaction, turn: Send) -> Send:
    """Return the turn with the jobs that its messages tell of, where not all fit into one."""
    if turn.all_fit:
        return turn
    numbers = [one.notification_id for one in (turn.message, *turn.behind)]
    return replace(turn, jobs=notifications.jobs_told(connection, numbers))


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
