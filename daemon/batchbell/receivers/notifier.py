"""`Notifier`: sends a message to a channel, within a bounded time, whatever the receiver does."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from batchbell.receivers import program, webhook
from batchbell.receivers.channel_url import UnusableUrlError
from batchbell.receivers.mail.connections import Connections
from batchbell.receivers.mail.mailbox import Mailbox
from batchbell.receivers.outcome import broke_off, unusable_url
from batchbell.receivers.progress import Progress, Progresses
from batchbell.receivers.receiver import ExecReceiver, WebhookReceiver
from batchbell.receivers.registry import address_of, family_of
from batchbell.receivers.threads import SendingThreads, no_answer
from batchbell.receivers.web_clients import WebClients
from batchbell.receivers.web_sender import send_web

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.core.delivery.outcome import Outcome
    from batchbell.receivers.content import Content, Family
    from batchbell.receivers.exchange import WebAddress
    from batchbell.receivers.receiver import Receiver


class Notifier:
    """Sends to channels of every kind; used from one event loop."""

    def __init__(self, wall_seconds: Callable[[], float] = time.time) -> None:
        """`wall_seconds` returns the wall clock's Unix time: receivers check how old a post is."""
        self._wall_seconds = wall_seconds
        self._threads = SendingThreads()
        self._progresses = Progresses()
        self._mail_connections: Connections | None = None
        self._web_clients = WebClients()

    def family(self, receiver: Receiver) -> Family:
        """Return which form of message the receiver reads."""
        return family_of(receiver)

    async def close(self) -> None:
        """Hang up what was kept."""
        await self._web_clients.close()
        if self._mail_connections is not None:
            await asyncio.to_thread(self._mail_connections.close)

    async def send(
        self,
        channel_name: str,
        receiver: Receiver,
        content: Content,
        key: str,
        *,
        timeout_seconds: float = 60.0,
    ) -> Outcome:
        """Send once and return how it went; never raises but for cancellation.

        `key` is the message's own, the same on every attempt: receivers can drop a repetition by
        it. `timeout_seconds` bounds a send to a URL; hooks have times of their own. Of a message in
        several pieces those are sent that no attempt before got through.
        """
        if isinstance(receiver, WebhookReceiver):
            async with self._web_clients.client() as http:
                return await webhook.post(
                    http, receiver, content, key, now_seconds=self._wall_seconds()
                )
        if isinstance(receiver, ExecReceiver):
            return await program.run(
                receiver, content, key, channel=channel_name, environ=os.environ
            )
        progress = self._progresses.of(channel_name, Progress(receiver, content, key))
        try:
            outcome = await self._send(channel_name, progress, timeout_seconds)
        except UnusableUrlError as error:
            outcome = unusable_url(str(error))
        except Exception as error:  # noqa: BLE001 - nothing that a text does to us ends the daemon
            outcome = broke_off(error)
        if outcome.delivered:
            self._progresses.done(channel_name)
        return outcome

    async def _send(self, channel_name: str, progress: Progress, timeout_seconds: float) -> Outcome:
        address = address_of(progress.receiver.url)
        if isinstance(address, Mailbox):
            # Lazily: Python's own libraries for mail, 1 MB.
            from batchbell.receivers.mail.smtp import connect, hang_up, send_mails  # noqa: PLC0415

            box, connections = address, self._mail_connections or Connections(connect, hang_up)
            self._mail_connections = connections
            return await self._threads.run(
                channel_name,
                lambda: send_mails(box, progress, connections),
                timeout_seconds=timeout_seconds,
            )
        if address is not None:
            return await self._send_web(address, progress, timeout_seconds)
        # Lazily: 150 ms and 200 plugins.
        from batchbell.receivers.apprise.sending import attempt  # noqa: PLC0415

        return await self._threads.run(
            channel_name, lambda: attempt(progress), timeout_seconds=timeout_seconds
        )

    async def _send_web(
        self, address: WebAddress, progress: Progress, timeout_seconds: float
    ) -> Outcome:
        try:
            async with (
                asyncio.timeout(timeout_seconds),
                self._web_clients.client(verify=address.verify) as client,
            ):
                return await send_web(client, address, progress, now_seconds=self._wall_seconds())
        except TimeoutError:
            return no_answer(timeout_seconds)
