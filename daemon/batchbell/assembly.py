"""The parts of a configuration in force, built and put together in this one place."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from batchbell.core.backoff import Outcome
from batchbell.core.blindness import patience
from batchbell.core.routing import Filter
from batchbell.core.watch import Rules
from batchbell.deliver import ChannelDelivery
from batchbell.heartbeat import Heartbeat
from batchbell.poll import AccountPoll
from batchbell.store import accounts
from batchbell.together import TogetherClient
from batchbell.watch import AccountWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.clock import Clock
    from batchbell.config.settings import Settings
    from batchbell.deliver import Pulse
    from batchbell.render import Content
    from batchbell.store.database import Database


class Sender(Protocol):
    """What sends: the notifier, or the demo's terminal."""

    async def send(self, channel_name: str, url: str, content: Content, key: str) -> Outcome:
        """Send once and return how it went; never raise but for cancellation."""


class Assembly:
    """Builds polls and deliveries that always follow the configuration in force."""

    def __init__(
        self, settings: Settings, *, database: Database, clock: Clock, sender: Sender
    ) -> None:
        """Hold the configuration; `settings` may be replaced while everything runs."""
        self.settings = settings
        self.database = database
        self.clock = clock
        self._sender = sender

    def filters(self) -> list[Filter]:
        """Return what each channel wants to be told."""
        return [
            Filter(
                channel=name,
                events=channel.events,
                accounts=channel.accounts,
                models=channel.models,
                endpoints=channel.endpoints,
                min_severity=channel.min_severity,
                remind_every=channel.remind_every,
            )
            for name, channel in self.settings.channels.items()
        ]

    async def client(self, account: str) -> TogetherClient:
        """Return a client for the account that knows the scale its API was seen to use."""
        settings = self.settings.accounts[account]
        return TogetherClient(
            settings.api_key.get_secret_value(),
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

        async def send(content: Content, key: str) -> Outcome:
            settings = self.settings.channels.get(channel)
            if settings is None:
                return Outcome(delivered=False, reason="channel removed")
            url = settings.url.get_secret_value()
            return await self._sender.send(channel, url, content, key)

        return ChannelDelivery(
            channel,
            send=send,
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
