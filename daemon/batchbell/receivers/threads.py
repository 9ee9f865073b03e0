"""Sends that block, each in a thread of its own: a receiver that hangs holds up nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import defaultdict
from typing import TYPE_CHECKING

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.receivers.outcome import broke_off

if TYPE_CHECKING:
    from collections.abc import Callable

#: Sends of one channel that may hang at the same time before new ones are refused.
HANGING_LIMIT = 3


class SendingThreads:
    """Starts threads and waits for them as long as it may; used from one event loop."""

    def __init__(self) -> None:
        self._hanging: defaultdict[str, list[threading.Thread]] = defaultdict(list)

    async def run(
        self, channel_name: str, send: Callable[[], Outcome], *, timeout_seconds: float
    ) -> Outcome:
        """Send once and return how it went.

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
        thread = _thread(channel_name, send, loop=loop, ended=ended)
        try:
            thread.start()
        except RuntimeError:
            reason = "no thread left to send with"
            return Outcome(delivered=False, reason=reason, fault=Fault.CHANNEL)
        try:
            async with asyncio.timeout(timeout_seconds):
                return await ended
        except TimeoutError:
            return no_answer(timeout_seconds)
        finally:
            if not ended.done() or ended.cancelled():
                hanging.append(thread)


def no_answer(timeout_seconds: float) -> Outcome:
    """Return the failure that a send is which took too long."""
    return Outcome(delivered=False, reason=f"no answer within {timeout_seconds:g} s")


def _thread(
    channel_name: str,
    send: Callable[[], Outcome],
    *,
    loop: asyncio.AbstractEventLoop,
    ended: asyncio.Future[Outcome],
) -> threading.Thread:
    def settle(outcome: Outcome) -> None:
        if not ended.done():
            ended.set_result(outcome)

    def work() -> None:
        try:
            outcome = send()
        except Exception as error:  # noqa: BLE001 - a library may raise anything
            outcome = broke_off(error)
        # The loop may be closed by then: nobody waits any more.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, outcome)

    # A daemon thread, not an executor's: the process must not wait for it when it exits.
    return threading.Thread(target=work, name=f"send-{channel_name}", daemon=True)
