"""`Notifier`: sends a message to a channel, within a bounded time, whatever the receiver does."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from batchbell.receivers import program, webhook
from batchbell.receivers.apprise_send import AppriseSender
from batchbell.receivers.family import family_of
from batchbell.receivers.receiver import ExecReceiver, WebhookReceiver

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.core.delivery.outcome import Outcome
    from batchbell.receivers.content import Content, Family
    from batchbell.receivers.receiver import Receiver


class Notifier:
    """Sends to channels of every kind; used from one event loop."""

    def __init__(self, wall_seconds: Callable[[], float] = time.time) -> None:
        """`wall_seconds` returns the wall clock's Unix time: receivers check how old a post is."""
        self._wall_seconds = wall_seconds
        self._apprise = AppriseSender()

    def family(self, receiver: Receiver) -> Family:
        """Return which form of message the receiver reads."""
        return family_of(receiver)

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
        it. `timeout_seconds` bounds a send by Apprise; the others have times of their own.
        """
        if isinstance(receiver, WebhookReceiver):
            return await webhook.post(receiver, content, key, now_seconds=self._wall_seconds())
        if isinstance(receiver, ExecReceiver):
            return await program.run(
                receiver, content, key, channel=channel_name, environ=os.environ
            )
        return await self._apprise.send(
            channel_name, receiver, content, key, timeout_seconds=timeout_seconds
        )
