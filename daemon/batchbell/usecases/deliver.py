"""Deliver one channel's notifications: claim, send outside any transaction, record the outcome."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from batchbell.core.delivery.pacing import AT_ONCE
from batchbell.errors import DatabaseError
from batchbell.observability.logs import log_events
from batchbell.observability.outage_log import Outage
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Content
from batchbell.store import queue, reminders
from batchbell.store.queue import Claim, NotYet
from batchbell.usecases.attempt_record import AttemptRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.clock import Clock
    from batchbell.core.delivery.outcome import Outcome
    from batchbell.core.delivery.pacing import Pace
    from batchbell.core.event import Event
    from batchbell.core.routing import Filter
    from batchbell.store.sqlite.database import Database, Transaction
    from batchbell.usecases.attempt_record import Recorded


logger = logging.getLogger(__name__)

#: After a failed database write, seconds.
PAUSE_SECONDS = 2.0
#: A channel without anything due looks again after this long at the latest, seconds.
LONGEST_NAP_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a channel wants its messages, by the configuration in force."""

    composer: Composer = field(default_factory=Composer)
    pace: Pace = AT_ONCE


class Outlet(Protocol):
    """A channel as the configuration in force has it."""

    def terms(self) -> Terms:
        """Return how it wants its messages."""

    async def send(self, content: Content, key: str) -> Outcome:
        """Send a content under an idempotency key; never raise but for cancellation."""


class Pulse(Protocol):
    """What a delivery tells those who watch over it."""

    def alive(self) -> None:
        """Note that it looked at its queue, which need not write anything."""

    def wrote(self) -> None:
        """Note that it really wrote to the database."""

    def attempted(self, outcome: Outcome, events: Sequence[Event]) -> None:
        """Note how an attempt ended, and what it caused for the other channels."""

    def failed(self, error: DatabaseError) -> None:
        """Note that the database failed."""


class ChannelDelivery:
    """Sends what is due on one channel, one message after the other; knows no other channel."""

    def __init__(
        self,
        channel: str,
        *,
        outlet: Outlet,
        database: Database,
        clock: Clock,
        filters: Callable[[], Sequence[Filter]],
        jitter: Callable[[], float],
        on_events: Callable[[], None],
        pulse: Pulse,
    ) -> None:
        """Take the tools; `filters` returns those of all channels in force.

        `jitter` draws from [0, 1); `on_events` is called when other channels have something new,
        `pulse` is told how the work goes.
        """
        self.channel = channel
        self._outlet = outlet
        self._database = database
        self._clock = clock
        self._on_events = on_events
        self._pulse = pulse
        self._woken = asyncio.Event()
        self._stopping = False
        self._record = AttemptRecord(channel, database=database, filters=filters, jitter=jitter)
        self._outage = Outage(logger)
        self._unrecorded = Outage(logger, level=logging.ERROR)

    def wake(self) -> None:
        """Look at the queue now: something was committed."""
        self._woken.set()

    def stop(self) -> None:
        """Finish the send under way, start no other."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Deliver until stopped."""
        while not self._stopping:
            self._woken.clear()
            try:
                waiting = await self.deliver_due()
            except DatabaseError as error:
                self._broken("deliveries wait: %s", error)
                await self._nap(PAUSE_SECONDS)
            else:
                self._unrecorded.ended("deliveries go on", channel=self.channel)
                await self._nap(self._seconds_until(waiting))

    async def deliver_due(self) -> NotYet | None:
        """Send until nothing is due; return what the channel waits for, None if for nothing."""
        while not self._stopping:
            claimed, content = await asyncio.to_thread(self._claim)
            self._pulse.alive()
            if not isinstance(claimed, Claim):
                return claimed
            await self._deliver(claimed, content)
        return None

    def _claim(self) -> tuple[Claim | NotYet | None, Content]:
        """Claim the oldest message; what it says is fixed in the same transaction."""
        now = self._clock.now()
        terms = self._outlet.terms()
        with self._database.write() as connection:
            claimed = queue.claim(connection, self.channel, now, terms.pace)
            if not isinstance(claimed, Claim):
                return claimed, Content(title="", text="")
            if claimed.content is not None:
                content = Content.from_json(claimed.content)
                if content.family == terms.composer.family:
                    return claimed, content
                # Its URL is another one since: what was fixed means nothing to that receiver.
            content = terms.composer.compose(_told_by(connection, claimed), now)
            queue.fix_content(connection, claimed.notification_id, content.to_json())
            return claimed, content

    async def _deliver(self, claimed: Claim, content: Content) -> None:
        started_at = self._clock.now()
        renewal = asyncio.create_task(self._keep_claim(claimed))
        try:
            outcome = await self._outlet.send(content, claimed.key)
        finally:
            renewal.cancel()
        await self._hold_on(claimed, outcome, started_at)

    async def _keep_claim(self, claimed: Claim) -> None:
        while True:
            await asyncio.sleep(self._clock.real_seconds(queue.CLAIM / 3))
            try:
                await asyncio.to_thread(self._renew, claimed)
            except DatabaseError as error:
                self._pulse.failed(error)

    def _renew(self, claimed: Claim) -> None:
        with self._database.write() as connection:
            queue.renew(connection, claimed.notification_id, self._clock.now())

    async def _hold_on(self, claimed: Claim, outcome: Outcome, started_at: datetime) -> None:
        """Write the outcome; while the database fails, hold on to it rather than send twice."""
        ended_at = self._clock.now()
        # Nobody tells when the disk has room again, so this asks.
        while (  # noqa: ASYNC110
            recorded := await self._try_to_record(claimed, outcome, started_at, ended_at)
        ) is None:
            await asyncio.sleep(PAUSE_SECONDS)
        self._unrecorded.ended("deliveries go on", channel=self.channel)
        self._pulse.wrote()
        self._pulse.attempted(outcome, recorded.events)
        self._log(claimed, outcome, is_dead=recorded.is_dead)
        log_events(recorded.events)
        if recorded.events:
            self._on_events()

    async def _try_to_record(
        self, claimed: Claim, outcome: Outcome, started_at: datetime, ended_at: datetime
    ) -> Recorded | None:
        record = self._record.write
        try:
            return await asyncio.to_thread(record, claimed, outcome, started_at, ended_at)
        except DatabaseError as error:
            self._broken("an outcome waits: %s", error)
            return None

    def _broken(self, sentence: str, error: DatabaseError) -> None:
        self._pulse.failed(error)
        self._unrecorded.failed(sentence, error, channel=self.channel)

    def _log(self, claimed: Claim, outcome: Outcome, *, is_dead: bool) -> None:
        facts = {"channel": self.channel, "notification": claimed.notification_id}
        if outcome.delivered:
            self._outage.ended("the channel takes messages again", channel=self.channel)
            logger.info("sent", extra=facts)
        elif is_dead:
            logger.error("given up: %s", outcome.reason, extra=facts)
        else:
            self._outage.failed("not sent: %s", outcome.reason, **facts)

    async def _nap(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(min(seconds, LONGEST_NAP_SECONDS)):
                await self._woken.wait()
        except TimeoutError:
            return

    def _seconds_until(self, waiting: NotYet | None) -> float:
        if waiting is None:
            return LONGEST_NAP_SECONDS
        return self._clock.real_seconds(waiting.until - self._clock.now())


def _told_by(connection: Transaction, claimed: Claim) -> list[Event]:
    if claimed.is_reminder:
        return reminders.events_of(connection, claimed.notification_id)
    return [stored.event for stored in queue.events_of(connection, claimed.notification_id)]
