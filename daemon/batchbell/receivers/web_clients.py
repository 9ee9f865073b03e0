"""The HTTP clients of receivers: one serves a burst of messages, and is closed behind it.

To build one, and to connect, takes as long as all else that a message needs of HTTP. A connection
that the receiver has closed meanwhile is not used again. One that breaks before an answer came may
have delivered the message: that counts as a failed attempt, as on a fresh one, and the next attempt
sends it under the same key. Source: RFC 9110, section 9.2.2, on repeating what is not idempotent.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell import __version__
from batchbell.wire.http import HttpClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: A connection is kept for the next message so long, seconds: servers close idle ones later, so
#: that hardly a message meets one that is just being closed.
IDLE_SECONDS = 1.0


@dataclass(slots=True)
class _Kept:
    client: HttpClient
    users: int = 0
    #: Closes it once it has been idle.
    timer: asyncio.TimerHandle | None = None


class WebClients:
    """Hands them out; used from one event loop."""

    def __init__(self, *, idle_seconds: float = IDLE_SECONDS) -> None:
        """Open nothing yet."""
        self._idle_seconds = idle_seconds
        #: By whether a receiver's certificate has to be trusted.
        self._kept: dict[bool, _Kept] = {}
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def client(self, *, verify: bool = True) -> AsyncIterator[HttpClient]:
        """Provide one; raises `ConfigError` for an unusable proxy."""
        kept = self._kept.get(verify) or self._new(verify=verify)
        if kept.timer is not None:
            kept.timer.cancel()
        kept.users += 1
        try:
            yield kept.client
        finally:
            kept.users -= 1
            if not kept.users and self._kept.get(verify) is kept:
                loop = asyncio.get_running_loop()
                kept.timer = loop.call_later(self._idle_seconds, self._end, verify)

    async def close(self) -> None:
        """Close what is open."""
        for verify, kept in list(self._kept.items()):
            if kept.timer is not None:
                kept.timer.cancel()
            self._end(verify)
        await asyncio.gather(*self._closing)

    def _new(self, *, verify: bool) -> _Kept:
        client = HttpClient(
            user_agent=f"batchbell/{__version__}",
            keepalive_seconds=self._idle_seconds,
            verify=verify,
            takes_cookies=False,
        )
        kept = self._kept[verify] = _Kept(client)
        return kept

    def _end(self, verify: bool) -> None:  # noqa: FBT001 - what it is known by
        task = asyncio.get_running_loop().create_task(self._kept.pop(verify).client.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
