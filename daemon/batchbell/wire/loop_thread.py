"""An event loop in a thread of its own, for callers that have none, or are inside one."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, TypeVar

from batchbell.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

_T = TypeVar("_T")

#: How long `stop` waits for connections to be closed, seconds; a look-up that hangs may last.
STOP_SECONDS = 2.0


class LoopThread:
    """Runs coroutines for callers of any thread, until it is stopped or the process ends."""

    def __init__(self, at_end: Callable[[], Awaitable[None]]) -> None:
        """Start; `at_end` is called in the loop when it is stopped."""
        #: A fork takes no thread along: in another process this one is of no use.
        self.process = os.getpid()
        self._submitting = threading.Lock()
        self._stopped = False
        started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        # Without a reference to this object, so that it can be collected while the thread runs.
        self._thread = threading.Thread(
            target=_run, args=(started, at_end), name="batchbell", daemon=True
        )
        self._thread.start()
        self._loop, self._stopping = started.result()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what `work` does; Ctrl-C, or another error out of here, cancels it.

        Raises `UnavailableError` if another thread stops the loop meanwhile.
        """
        # What is handed over before the stop is cancelled by it; what came later would hang.
        with self._submitting:
            if self._stopped:
                work.close()
                raise UnavailableError("the client was closed before it asked")
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except CancelledError:
            raise UnavailableError("the client was closed while it waited for an answer") from None
        finally:
            future.cancel()

    def stop(self) -> None:
        """Cancel what runs, and end; a second time does nothing."""
        if self.process != os.getpid():
            return
        with self._submitting:
            if self._stopped:
                return
            self._stopped = True
            self._loop.call_soon_threadsafe(self._stopping.set)
        if threading.current_thread() is not self._thread:
            self._thread.join(STOP_SECONDS)


def _run(
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]],
    at_end: Callable[[], Awaitable[None]],
) -> None:
    # Not `asyncio.run`: at its end it starts a thread, which a process that exits may not (3.12).
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(_serve(started, at_end))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


async def _serve(
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]],
    at_end: Callable[[], Awaitable[None]],
) -> None:
    stopping = asyncio.Event()
    started.set_result((asyncio.get_running_loop(), stopping))
    await stopping.wait()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await at_end()
