"""Deliver one channel's notifications: claim, send outside any transaction, record the outcome."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.errors import DatabaseError, LeaseLostError
from batchbell.observability.logs import log_events
from batchbell.observability.outage_log import Outage
from batchbell.usecases.claim_message import Claimed
from batchbell.usecases.nap import LONGEST_NAP_SECONDS, Nap
from batchbell.usecases.record_attempt import EndedSend

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from batchbell.clock import Clock
    from batchbell.core.delivery.turn import Wait
    from batchbell.core.event import Event
    from batchbell.receivers.content import Content
    from batchbell.usecases.channel_queue import ChannelQueue, Terms
    from batchbell.usecases.record_attempt import Recorded


logger = logging.getLogger(__name__)

#: After a failed database write, seconds.
PAUSE_SECONDS = 2.0
#: The same after a crash, and so often twice as long after the next: no nap is longer.
_DOUBLINGS = 5


class Transport(Protocol):
    """What carries messages to a channel as the configuration in force has it."""

    def terms(self) -> Terms:
        """Return how it wants its messages."""

    async def send(self, content: Content, key: str) -> Outcome:
        """Send a content under an idempotency key; never raise but for cancellation."""


class Observer(Protocol):
    """Those who watch over a delivery."""

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
        queue: ChannelQueue,
        *,
        transport: Transport,
        clock: Clock,
        on_events: Callable[[], None],
        observer: Observer,
        pause_seconds: float = PAUSE_SECONDS,
        longest_nap_seconds: float = LONGEST_NAP_SECONDS,
    ) -> None:
        """Take the tools.

        `on_events` is called when other channels have something new, `observer` hears how the
        work goes. `pause_seconds` follow a failed write, `longest_nap_seconds` is how long it
        sleeps at most.
        """
        self.channel = queue.channel
        self._queue = queue
        self._transport = transport
        self._clock = clock
        self._on_events = on_events
        self._observer = observer
        self._pause_seconds = pause_seconds
        self._nap = Nap(clock, longest_nap_seconds)
        self._stopping = False
        self._outage = Outage(logger)
        self._unrecorded = Outage(logger, level=logging.ERROR)

    def wake(self) -> None:
        """Look at the queue now: something was committed."""
        self._nap.wake()

    def stop(self) -> None:
        """Finish the send under way, start no other."""
        self._stopping = True
        self._nap.wake()

    async def run(self) -> None:
        """Deliver until stopped; whatever breaks, what waits is tried again."""
        crashes = 0
        while not self._stopping:
            self._nap.begin_look()
            try:
                waiting = await self.deliver_due()
            except LeaseLostError as error:
                # No fault of the database: this ends as soon as it is noticed here, too.
                self._unrecorded.failed("deliveries wait: %s", error, channel=self.channel)
                await self._nap.for_seconds(self._pause_seconds)
            except DatabaseError as error:
                self._broken("deliveries wait: %s", error)
                await self._nap.for_seconds(self._pause_seconds)
            except Exception:
                logger.exception(
                    "deliveries crashed; they are tried again", extra={"channel": self.channel}
                )
                await self._nap.for_seconds(self._pause_seconds * 2.0 ** min(crashes, _DOUBLINGS))
                crashes += 1
            else:
                crashes = 0
                self._unrecorded.ended("deliveries go on", channel=self.channel)
                await self._nap.until(None if waiting is None else waiting.until)

    async def deliver_due(self) -> Wait | None:
        """Send until nothing is due; return what the channel waits for, None if for nothing."""
        turn = await self._take_turn()
        while isinstance(turn, Claimed):
            turn = await self._deliver(turn)
        return turn

    async def _take_turn(self) -> Claimed | Wait | None:
        if self._stopping:
            return None
        now, terms = self._clock.now(), self._transport.terms()
        turn = await asyncio.to_thread(self._queue.take_turn, terms, now)
        self._observer.alive()
        return turn

    async def _deliver(self, claimed: Claimed) -> Claimed | Wait | None:
        """Send it and record how that went; return whose turn is next."""
        started_at = self._clock.now()
        renewal = asyncio.create_task(self._keep_claim(claimed))
        try:
            outcome = await self._send(claimed.content, claimed.key)
        finally:
            renewal.cancel()
        return await self._hold_on(claimed, EndedSend(outcome, started_at, self._clock.now()))

    async def _send(self, content: Content | None, key: str) -> Outcome:
        """Send it; what breaks on a message must not end the deliveries of its channel."""
        if content is None:
            return _at_fault("the message could not be written")
        try:
            return await self._transport.send(content, key)
        except Exception as error:
            logger.exception("a send broke off", extra={"channel": self.channel})
            # The texts of exceptions are not sent, as they may quote the channel's URL.
            return _at_fault(f"the send broke off ({type(error).__name__})")

    async def _keep_claim(self, claimed: Claimed) -> None:
        while True:
            await asyncio.sleep(self._clock.real_seconds(self._queue.claim_for / 3))
            try:
                await asyncio.to_thread(self._queue.renew, claimed, self._clock.now())
            except LeaseLostError:
                return
            except DatabaseError as error:
                self._observer.failed(error)

    async def _hold_on(self, claimed: Claimed, attempt: EndedSend) -> Claimed | Wait | None:
        """Write the outcome; while the database fails, hold on to it rather than send twice."""
        try:
            # Nothing says when the disk has room again, so this asks.
            while (done := await self._try_to_record(claimed, attempt)) is None:  # noqa: ASYNC110
                await asyncio.sleep(self._pause_seconds)
        except LeaseLostError as error:
            # Who delivers to it now sends the message, perhaps a second time: under the same key.
            logger.warning("an outcome comes too late: %s", error)
            return await self._take_turn()
        (recorded, turn), outcome = done, attempt.outcome
        self._unrecorded.ended("deliveries go on", channel=self.channel)
        self._observer.wrote()
        if recorded.is_set_aside:
            # Whatever its receiver said: the channel has nothing to do with it.
            outcome = replace(outcome, fault=Fault.MESSAGE)
        self._observer.attempted(outcome, recorded.events)
        self._log(claimed, outcome, recorded)
        log_events(recorded.events)
        if recorded.events:
            self._on_events()
        self._observer.alive()
        return turn

    async def _try_to_record(
        self, claimed: Claimed, attempt: EndedSend
    ) -> tuple[Recorded, Claimed | Wait | None] | None:
        """Record it, and take the next turn unless no other send is to begin."""
        try:
            if self._stopping:
                return await asyncio.to_thread(self._queue.record, claimed, attempt), None
            try:
                return await asyncio.to_thread(
                    self._queue.record_and_take_turn,
                    claimed,
                    attempt,
                    self._transport.terms(),
                    self._clock.now(),
                )
            except DatabaseError:
                raise
            except Exception:
                # What breaks on the next message must not undo that this one was sent.
                logger.exception("a turn broke off", extra={"channel": self.channel})
                return await asyncio.to_thread(self._queue.record, claimed, attempt), None
        except LeaseLostError:
            raise
        except DatabaseError as error:
            self._broken("an outcome waits: %s", error)
            return None

    def _broken(self, sentence: str, error: DatabaseError) -> None:
        self._observer.failed(error)
        self._unrecorded.failed(sentence, error, channel=self.channel)

    def _log(self, claimed: Claimed, outcome: Outcome, recorded: Recorded) -> None:
        facts = {"channel": self.channel, "notification": claimed.message.notification_id}
        if outcome.delivered:
            self._outage.ended("the channel takes messages again", channel=self.channel)
            logger.info("sent", extra=facts)
        elif recorded.is_dead:
            logger.error("given up: %s", outcome.reason, extra=facts)
        elif recorded.is_set_aside:
            logger.warning("set aside, not sent: %s", outcome.reason, extra=facts)
        else:
            self._outage.failed("not sent: %s", outcome.reason, **facts)


def _at_fault(reason: str) -> Outcome:
    return Outcome(delivered=False, reason=reason, fault=Fault.MESSAGE)
