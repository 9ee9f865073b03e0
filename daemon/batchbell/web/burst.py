"""Logging wrong passwords, but not each of them: who guesses must not fill the log."""

from __future__ import annotations

import asyncio
import logging

logger = logging.getLogger(__name__)

#: How often they are logged at most, seconds.
LOG_EVERY_SECONDS = 60.0


class BurstLog:
    """Logs the first of a burst at once, and the rest of it in a line every minute."""

    def __init__(self, every_seconds: float = LOG_EVERY_SECONDS) -> None:
        """Nothing was noted yet."""
        self._every_seconds = every_seconds
        self._times = 0
        self._peer = ""
        #: Whether the next one is logged at once.
        self.is_quiet = True

    def note(self, peer: str) -> None:
        """Note one more; of a burst the latest peer is logged."""
        self._times += 1
        self._peer = peer
        if self.is_quiet:
            self._write()

    def _write(self) -> None:
        self.is_quiet = not self._times
        if self.is_quiet:
            return
        logger.warning(
            "the status page was asked with a wrong password or token",
            extra={"times": self._times, "peer": self._peer},
        )
        self._times = 0
        asyncio.get_running_loop().call_later(self._every_seconds, self._write)
