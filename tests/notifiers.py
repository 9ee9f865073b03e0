"""Notifiers that hang up behind the test."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from batchbell.receivers.notifier import Notifier

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from batchbell.core.delivery.outcome import Outcome
    from batchbell.receivers.content import Content
    from batchbell.receivers.receiver import Receiver


@asynccontextmanager
async def open_notifier(
    wall_seconds: Callable[[], float] = time.time,
) -> AsyncIterator[Notifier]:
    """Provide one for several messages."""
    notifier = Notifier(wall_seconds)
    try:
        yield notifier
    finally:
        await notifier.close()


async def send_once(channel: str, receiver: Receiver, content: Content, key: str) -> Outcome:
    """Send one message."""
    async with open_notifier() as notifier:
        return await notifier.send(channel, receiver, content, key)
