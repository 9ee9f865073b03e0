"""Making answers in threads of their own, so that readers take none of the bell's."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

#: Answers to readers that are made at the same time. Python computes one at a time: more threads
#: would only take more turns from the bell.
THREADS = 2
#: Answers that are made or wait for it; who asks for one more is told to come back.
MOST = 20
#: When to come back, seconds.
RETRY_AFTER_SECONDS = 2


class BusyError(Exception):
    """It can't be answered now; the message says so to who asks."""


class Work:
    """Makes a bounded number of answers."""

    def __init__(
        self,
        stop: asyncio.Event | None = None,
        *,
        threads: int = THREADS,
        most: int | None = MOST,
    ) -> None:
        """`most` answers may be in the making; None for whatever connections ask for.

        Nothing is waited for any more once `stop` is set; None for answers made in an instant.
        """
        self._stop = stop or asyncio.Event()
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="page")
        self._most = most
        self._making = 0

    async def do(self, make: Callable[[], Answer]) -> Answer:
        """Return what `make` returns, or raise what it raises. Raises `BusyError`."""
        if self._most is not None and self._making >= self._most:
            msg = f"Too many ask for something at once: try again in {RETRY_AFTER_SECONDS} s."
            raise BusyError(msg)
        making = asyncio.wrap_future(self._executor.submit(make))
        stopping = asyncio.ensure_future(self._stop.wait())
        self._making += 1
        try:
            both: set[asyncio.Future[Any]] = {making, stopping}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if making.done():
                return making.result()
            raise BusyError("batchbell is being stopped.")
        finally:
            self._making -= 1
            making.cancel()
            stopping.cancel()
