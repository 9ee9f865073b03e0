"""How an attempt to send ended, recorded in one transaction with all that follows from it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.channel_health import after_attempt
from batchbell.core.delivery.backoff import GIVE_UP_AFTER, after_failure
from batchbell.store import channels, queue
from batchbell.usecases.announce import announce

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.delivery.outcome import Outcome
    from batchbell.core.event import Event
    from batchbell.core.routing import Filter
    from batchbell.store.queue import Claim
    from batchbell.store.sqlite.database import Database, Transaction


class Recorded(NamedTuple):
    """What followed from an attempt."""

    #: What the other channels are told.
    events: Sequence[Event]
    #: Whether the message was given up.
    is_dead: bool


class AttemptRecord:
    """Records the attempts of one channel."""

    def __init__(
        self,
        channel: str,
        *,
        database: Database,
        filters: Callable[[], Sequence[Filter]],
        jitter: Callable[[], float],
    ) -> None:
        """Take the tools: `filters` as for the delivery, `jitter` draws from [0, 1)."""
        self._channel = channel
        self._database = database
        self._filters = filters
        self._jitter = jitter

    def write(
        self, claimed: Claim, outcome: Outcome, started_at: datetime, ended_at: datetime
    ) -> Recorded:
        """Record one attempt. Raises `DatabaseError`."""
        is_dead = False
        with self._database.write() as connection:
            queue.record_attempt(
                connection,
                claimed,
                outcome,
                started_at=started_at,
                duration=max(ended_at - started_at, timedelta(0)),
            )
            before = channels.load(connection, self._channel)
            if outcome.delivered:
                queue.mark_sent(connection, claimed, ended_at)
            else:
                is_dead = self._mark_failed(connection, claimed, outcome, before, ended_at)
            if channels.was_removed(connection, self._channel):
                # While this was on its way: its health is nobody's concern any more.
                return Recorded((), is_dead)
            if outcome.gone:
                self._disable(connection, outcome, ended_at)
            health, event = after_attempt(before, outcome, now=ended_at)
            channels.save(connection, health)
            events = [] if event is None else [event]
            new = announce(connection, events, self._filters(), ended_at)
            return Recorded(new, is_dead)

    def _disable(self, connection: Transaction, outcome: Outcome, now: datetime) -> None:
        """Queue nothing more for a receiver that wants nothing more, and give up what waits."""
        channels.disable(connection, self._channel, now)
        queue.give_up_channel(connection, self._channel, reason=outcome.reason, now=now)

    def _mark_failed(
        self,
        connection: Transaction,
        claimed: Claim,
        outcome: Outcome,
        before: ChannelHealth,
        now: datetime,
    ) -> bool:
        """Queue the next attempt; return whether there is none, the message being given up."""
        decision = after_failure(
            outcome,
            attempts=claimed.attempts + 1,
            # What its pace held for days is no older than the channel's trouble.
            age=now - max(claimed.created_at, before.failing_since or now),
            jitter=self._jitter(),
        )
        queue.mark_failed(connection, claimed, decision, now)
        if decision.delay is None and not outcome.permanent:
            # What waited behind it is as old: it ends with it instead of starting anew.
            queue.give_up_older(
                connection,
                self._channel,
                created_before=now - GIVE_UP_AFTER,
                reason=decision.reason,
                now=now,
            )
        return decision.delay is None
