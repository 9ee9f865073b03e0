"""The parts of a configuration in force, built and put together in this one place."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from batchbell.config.secrecy import secret_values
from batchbell.config.wishes import filters_of, pace_of
from batchbell.core.coverage import patience
from batchbell.core.delivery.outcome import Outcome
from batchbell.core.rules import Rules
from batchbell.messages.view import View
from batchbell.observability.redaction import Redaction
from batchbell.providers.api_key import ApiKey
from batchbell.providers.together.client import TogetherClient
from batchbell.receivers.compose import Composer
from batchbell.receivers.receiver import AppriseReceiver, ExecReceiver, Receiver, WebhookReceiver
from batchbell.receivers.template import OwnWords
from batchbell.runtime.heartbeat import Heartbeat
from batchbell.store import accounts
from batchbell.usecases.deliver import ChannelDelivery, Terms
from batchbell.usecases.poll import AccountPoll
from batchbell.usecases.tick import AccountWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.clock import Clock
    from batchbell.config.settings import ChannelSettings, Settings, WebSettings
    from batchbell.core.routing import Filter
    from batchbell.providers.api_key import KeyPlace
    from batchbell.receivers.content import Content, Family
    from batchbell.store.sqlite.database import Database
    from batchbell.usecases.deliver import Pulse


class Sender(Protocol):
    """What sends: the notifier, or the demo's terminal."""

    async def send(
        self, channel_name: str, receiver: Receiver, content: Content, key: str
    ) -> Outcome:
        """Send once and return how it went; never raise but for cancellation."""

    def family(self, receiver: Receiver) -> Family:
        """Return which form of message the receiver reads."""


class Assembly:
    """Builds polls and deliveries that always follow the configuration in force."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        clock: Clock,
        sender: Sender,
        redaction: Redaction | None = None,
        key_place: Callable[[str], KeyPlace] | None = None,
    ) -> None:
        """Hold the configuration; `settings` may be replaced while everything runs.

        `redaction` knows the secrets of all configurations so far; without it these are the first.
        `key_place` says where the key of an account can be read anew; without it a refused key
        stays refused.
        """
        self.settings = settings
        self.database = database
        self.clock = clock
        self._sender = sender
        self._redaction = redaction or Redaction(secret_values(settings))
        self._key_place = key_place

    def filters(self) -> list[Filter]:
        """Return what each channel wants to be told."""
        return filters_of(self.settings)

    async def client(self, account: str) -> TogetherClient:
        """Return a client for the account that knows the scale its API was seen to use."""
        settings = self.settings.accounts[account]
        return TogetherClient(
            ApiKey(
                settings.api_key.get_secret_value(),
                place=None if self._key_place is None else self._key_place(account),
                redaction=self._redaction,
            ),
            settings.base_url,
            timeout_seconds=settings.request_timeout.total_seconds(),
            progress_scale=settings.progress_scale,
            assume_fraction=await asyncio.to_thread(self._was_fraction_scale, account),
            observe_date=self.clock.observe,
        )

    def heartbeat(self) -> Heartbeat:
        """Return the dead man's switch; its URL is looked up at every ping."""

        def url() -> str:
            return self.settings.alerts.heartbeat_url.get_secret_value()

        return Heartbeat(url, lambda: self.settings.accounts)

    def account_poll(
        self, account: str, client: TogetherClient, *, at_least_every: timedelta = timedelta()
    ) -> AccountPoll:
        """Return the poll of one account.

        `at_least_every` is how often somebody else calls it, if not at the account's interval.
        """
        return AccountPoll(
            account,
            client=client,
            database=self.database,
            clock=self.clock,
            filters=self.filters,
            unreachable_after=self.settings.alerts.unreachable_after,
            rules=self._rules(account, at_least_every),
        )

    def account_watch(self, account: str) -> AccountWatch:
        """Return the ticks of one account."""
        return AccountWatch(
            account,
            database=self.database,
            clock=self.clock,
            filters=self.filters,
            rules=self._rules(account),
            unreachable_after=self.settings.alerts.unreachable_after,
        )

    def delivery(
        self,
        channel: str,
        *,
        on_events: Callable[[], None],
        pulse: Pulse,
    ) -> ChannelDelivery:
        """Return the delivery of one channel; its URL is looked up at every send."""
        return ChannelDelivery(
            channel,
            outlet=_Outlet(channel, lambda: self.settings, self._sender, self._redaction),
            database=self.database,
            clock=self.clock,
            filters=self.filters,
            jitter=random.random,
            on_events=on_events,
            pulse=pulse,
        )

    def _rules(self, account: str, at_least_every: timedelta = timedelta()) -> Rules:
        settings, alerts = self.settings.accounts[account], self.settings.alerts
        interval = max(settings.poll_interval, at_least_every)
        return Rules(
            deadline_warnings=alerts.deadline_warnings,
            stalled_after=alerts.stalled_after,
            patience=patience(interval, settings.request_timeout),
        )

    def _was_fraction_scale(self, account: str) -> bool:
        with self.database.read() as connection:
            return accounts.load(connection, account).fraction_scale


@dataclass(frozen=True, slots=True)
class _Outlet:
    """One channel, by its name in whatever configuration is in force."""

    channel: str
    settings: Callable[[], Settings]
    sender: Sender
    redact: Redaction

    def terms(self) -> Terms:
        """Return how the channel wants its messages now."""
        settings = self.settings()
        channel = settings.channels.get(self.channel)
        if channel is None:
            return Terms()
        composer = composer_of(channel, settings.web, self.sender)
        return Terms(composer=composer, pace=pace_of(channel))

    async def send(self, content: Content, key: str) -> Outcome:
        """Send to where the channel's messages go now."""
        channel = self.settings().channels.get(self.channel)
        if channel is None:
            return Outcome(delivered=False, reason="channel removed")
        outcome = await self.sender.send(self.channel, receiver_of(channel), content, key)
        return replace(
            outcome, reason=self.redact(outcome.reason), output=self.redact.of_cut(outcome.output)
        )


def receiver_of(channel: ChannelSettings) -> Receiver:
    """Return where a channel's messages go."""
    if channel.exec is not None:
        return ExecReceiver(channel.exec, channel.exec_timeout.total_seconds())
    if channel.webhook is not None and channel.webhook_secret is not None:
        secret = channel.webhook_secret.get_secret_value()
        return WebhookReceiver(channel.webhook.get_secret_value(), secret)
    return AppriseReceiver(channel.url.get_secret_value() if channel.url else "")


def composer_of(channel: ChannelSettings, web: WebSettings, sender: Sender) -> Composer:
    """Return what writes a channel's messages."""
    return Composer(
        family=sender.family(receiver_of(channel)),
        view=View(zone=ZoneInfo(channel.timezone), page_url=web.public_url),
        words=OwnWords(
            subject=channel.subject, body=channel.body, is_html=channel.body_format == "html"
        ),
    )
