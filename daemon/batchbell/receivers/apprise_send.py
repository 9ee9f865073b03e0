"""Sends by Apprise, each in a thread of its own: a receiver that hangs holds up nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.receivers.attempt import Progress, attempt

if TYPE_CHECKING:
    from batchbell.receivers.content import Content
    from batchbell.receivers.receiver import AppriseReceiver

#: Sends of one channel that may hang at the same time before new ones are refused.
HANGING_LIMIT = 3


class AppriseSender:
    """Starts threads and waits for them as long as it may; used from one event loop."""

    def __init__(self) -> None:
        self._hanging: defaultdict[str, list[threading.Thread]] = defaultdict(list)
        #: Of each channel's message that was sent last; a channel tries one at a time.
        self._progress: dict[str, Progress] = {}

    async def send(
        self,
        channel_name: str,
        receiver: AppriseReceiver,
        content: Content,
        key: str,
        *,
        timeout_seconds: float,
    ) -> Outcome:
        """Send once and return how it went.

        Of a message in several pieces those are sent that no attempt before got through.
        A send that outlasts `timeout_seconds` is left behind, and may still arrive later.
        """
        hanging = self._hanging[channel_name]
        # In place: sends of one channel at the same time share the list.
        hanging[:] = [thread for thread in hanging if thread.is_alive()]
        if len(hanging) >= HANGING_LIMIT:
            reason = f"{len(hanging)} earlier sends still hang"
            return Outcome(delivered=False, reason=reason, fault=Fault.CHANNEL)
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[Outcome] = loop.create_future()
        progress = self._progress_of(channel_name, Progress(receiver, content, key))
        thread = _thread(channel_name, progress, loop=loop, ended=ended)
        try:
            thread.start()
        except RuntimeError:
            reason = "no thread left to send with"
            return Outcome(delivered=False, reason=reason, fault=Fault.CHANNEL)
        try:
            async with asyncio.timeout(timeout_seconds):
                outcome = await ended
        except TimeoutError:
            return Outcome(delivered=False, reason=f"no answer within {timeout_seconds:g} s")
        else:
            if outcome.delivered:
                self._progress.pop(channel_name, None)
            return outcome
        finally:
            if not ended.done() or ended.cancelled():
                hanging.append(thread)

    def _progress_of(self, channel_name: str, new: Progress) -> Progress:
        """Return how far the message is; one that reads another way, or goes elsewhere, is new."""
        last = self._progress.get(channel_name, new)
        if replace(last, taken=0) != new:
            last = new
        self._progress[channel_name] = last
        return last


def _thread(
    channel_name: str,
    progress: Progress,
    *,
    loop: asyncio.AbstractEventLoop,
    ended: asyncio.Future[Outcome],
) -> threading.Thread:
    def settle(outcome: Outcome) -> None:
        if not ended.done():
            ended.set_result(outcome)

    def work() -> None:
        outcome = attempt(progress)
        # The loop may be closed by then: nobody waits any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, outcome)

    # A daemon thread, not an executor's: the process must not wait for it when it exits.
    return threading.Thread(target=work, name=f"send-{channel_name}", daemon=True)
