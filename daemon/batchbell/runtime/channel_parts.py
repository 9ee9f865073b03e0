"""What sends to one channel, built from the configuration in force."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from batchbell.config.channel_filter import filter_of, pacing_of
from batchbell.core.delivery.given_up import CHANNEL_REMOVED
from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.core.delivery.ringing import hearing_at
from batchbell.messages.view import View
from batchbell.receivers.compose import Composer
from batchbell.receivers.configured import receiver_of
from batchbell.receivers.template import OwnWords
from batchbell.usecases.channel_queue import ChannelQueue, Terms
from batchbell.usecases.deliver import PAUSE_SECONDS, ChannelDelivery

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.clock import Clock
    from batchbell.config.settings import ChannelSettings, WebSettings
    from batchbell.core.provider import ProviderWords
    from batchbell.observability.redaction import Redaction
    from batchbell.receivers.content import Content, Family
    from batchbell.receivers.receiver import Receiver
    from batchbell.runtime.in_force import InForce
    from batchbell.store.database import Database
    from batchbell.usecases.deliver import Observer


class Sender(Protocol):
    """What sends: the notifier, or the demo's terminal."""

    async def send(
        self, channel_name: str, receiver: Receiver, content: Content, key: str
    ) -> Outcome:
        """Send once and return how it went; never raise but for cancellation."""

    def family(self, receiver: Receiver) -> Family:
        """Return which form of message the receiver reads."""

    async def close(self) -> None:
        """Hang up what was kept for the next message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelParts:
    """Builds deliveries by a channel's name."""

    in_force: InForce
    database: Database
    clock: Clock
    sender: Sender
    #: What is said of the jobs' provider.
    provider: ProviderWords
    #: Knows the secrets of all configurations so far.
    redaction: Redaction
    #: What follows a failed write to the database, seconds.
    pause_seconds: float = PAUSE_SECONDS

    def delivery(
        self, channel: str, *, on_events: Callable[[], None], observer: Observer
    ) -> ChannelDelivery:
        """Return the delivery of one channel; its URL is looked up at every send."""
        queue = ChannelQueue(
            channel, database=self.database, filters=self.in_force.filters, jitter=random.random
        )
        return ChannelDelivery(
            queue,
            transport=_ChannelInForce(
                channel, self.in_force, self.sender, self.provider, self.redaction
            ),
            clock=self.clock,
            on_events=on_events,
            observer=observer,
            pause_seconds=self.pause_seconds,
        )


@dataclass(frozen=True, slots=True)
class _ChannelInForce:
    """One channel, by its name in whatever configuration is in force."""

    channel: str
    in_force: InForce
    sender: Sender
    provider: ProviderWords
    redact: Redaction

    def terms(self) -> Terms:
        """Return how the channel wants its messages now."""
        settings = self.in_force.settings
        channel = settings.channels.get(self.channel)
        if channel is None:
            return Terms()
        composer = composer_of(channel, settings.web, self.sender, self.provider)
        return Terms(composer=composer, pacing=pacing_of(channel))

    async def send(self, content: Content, key: str) -> Outcome:
        """Send to where the channel's messages go now."""
        channel = self.in_force.settings.channels.get(self.channel)
        if channel is None:
            return Outcome(delivered=False, reason=CHANNEL_REMOVED, fault=Fault.CHANNEL)
        outcome = await self.sender.send(self.channel, receiver_of(channel), content, key)
        return replace(
            outcome, reason=self.redact(outcome.reason), output=self.redact.of_cut(outcome.output)
        )


def composer_of(
    channel: ChannelSettings, web: WebSettings, sender: Sender, provider: ProviderWords
) -> Composer:
    """Return what writes a channel's messages."""
    return Composer(
        family=sender.family(receiver_of(channel)),
        view=View(
            zone=ZoneInfo(channel.timezone),
            page_url=web.public_url,
            provider=provider,
            hears=partial(hearing_at, filter_of("", channel), pacing_of(channel)),
        ),
        words=OwnWords(
            subject=channel.subject, body=channel.body, is_html=channel.body_format == "html"
        ),
    )
