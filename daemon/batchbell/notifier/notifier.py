"""`Notifier`: sends a message to a channel, within a bounded time, whatever the receiver does."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from batchbell.core.backoff import Outcome
from batchbell.notifier.attempt import attempt
from batchbell.notifier.family import family_of
from batchbell.notifier.receiver import AppriseReceiver

if TYPE_CHECKING:
    from batchbell.notifier.receiver import Receiver
    from batchbell.render import Content, Family

#: Sends of one channel that may hang at the same time before new ones are refused.
HANGING_LIMIT = 3


class Notifier:
    """Sends to channels, each send in a thread of its own; used from one event loop."""

    def __init__(self) -> None:
        self._hanging: defaultdict[str, list[threading.Thread]] = defaultdict(list)

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
        it. A send that outlasts `timeout_seconds` is left behind, and may still arrive later.
        """
        assert isinstance(receiver, AppriseReceiver)  # noqa: S101
        hanging = self._hanging[channel_name]
        # In place: sends of one channel at the same time share the list.
        hanging[:] = [thread for thread in hanging if thread.is_alive()]
        if len(hanging) >= HANGING_LIMIT:
            return Outcome(delivered=False, reason=f"{len(hanging)} earlier sends still hang")
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Outcome] = loop.create_future()
        thread = _thread(channel_name, receiver, content, key, loop=loop, ended=ended)
        try:
            thread.start()
        except RuntimeError:
            return Outcome(delivered=False, reason="no thread left to send with")
        try:
            async with asyncio.timeout(timeout_seconds):
                return await ended
        except TimeoutError:
            return Outcome(delivered=False, reason=f"no answer within {timeout_seconds:g} s")
        finally:
            if not ended.done() or ended.cancelled():
                hanging.append(thread)


def _thread(
    channel_name: str,
    receiver: AppriseReceiver,
    content: Content,
    key: str,
    *,
    loop: asyncio.AbstractEventLoop,
    ended: asyncio.Future[Outcome],
) -> threading.Thread:
    def settle(outcome: Outcome) -> None:
        if not ended.done():
            ended.set_result(outcome)

    def work() -> None:
        outcome = attempt(receiver, content, key)
        # The loop may be closed by then: nobody waits any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, outcome)

    # A daemon thread, not an executor's: the process must not wait for it when it exits.
    return threading.Thread(target=work, name=f"send-{channel_name}", daemon=True)
