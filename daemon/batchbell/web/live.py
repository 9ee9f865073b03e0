"""Server-sent events that let open pages know that there is something new to fetch."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from batchbell.errors import DatabaseError
from batchbell.store.views.status import version
from batchbell.web.work import Work

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from batchbell.store.database import Database
    from batchbell.web.health import Complaining

#: How often the database is asked while anybody listens, seconds.
LOOK_EVERY_SECONDS = 1.0
#: After this long without news a comment is sent, by which a broken connection is noticed.
SIGN_OF_LIFE_SECONDS = 15.0
#: How long a browser waits before it connects again, milliseconds.
_RECONNECT_MILLISECONDS = 2000


class Changes:
    """Knows the version of what the page shows; all listeners together ask once a second."""

    def __init__(
        self,
        database: Database,
        liveness: Complaining,
        *,
        look_every_seconds: float = LOOK_EVERY_SECONDS,
    ) -> None:
        """Ask nothing yet."""
        self.look_every_seconds = look_every_seconds
        self._database = database
        self._liveness = liveness
        self._work = Work(threads=1, most=None)
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._version = ""

    async def version(self) -> str:
        """Return a text that differs after every change; at most a second old."""
        async with self._lock:
            if time.monotonic() - self._read_at >= self.look_every_seconds:
                self._version = await self._work.do(self._read)
                self._read_at = time.monotonic()
            return self._version

    def _read(self) -> str:
        complaints = len(self._liveness.complaints())
        try:
            with self._database.read() as connection:
                return f"{version(connection)}-{complaints}"
        except DatabaseError:
            return f"unreadable-{complaints}"


async def announcements(
    changes: Changes,
    stop: asyncio.Event,
    *,
    sign_of_life_seconds: float = SIGN_OF_LIFE_SECONDS,
) -> AsyncIterator[str]:
    """Yield the version at once and after every change, until the client goes or `stop` is set."""
    yield f"retry: {_RECONNECT_MILLISECONDS}\n\n"
    told, silent_since = "", time.monotonic()
    while not stop.is_set():
        version = await changes.version()
        if version != told:
            yield f"event: version\ndata: {version}\n\n"
            told, silent_since = version, time.monotonic()
        elif time.monotonic() - silent_since > sign_of_life_seconds:
            yield ": still here\n\n"
            silent_since = time.monotonic()
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), changes.look_every_seconds)
