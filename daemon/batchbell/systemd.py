"""What systemd is told of the daemon: ready, reloading, stopping, alive, and a line of status.

Source: sd_notify(3) and sd_watchdog_enabled(3). Without `NOTIFY_SOCKET` nothing is sent.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from batchbell.poll import PollReport

logger = logging.getLogger(__name__)

#: The watchdog is fed so many times in its interval: one that comes late does no harm.
FEEDS = 4
#: Characters of the status line; `systemctl status` shows one line.
STATUS_LIMIT = 400


class Systemd:
    """Sends to the socket of the environment, if there is one."""

    def __init__(self, environ: Mapping[str, str], hung: Callable[[], Sequence[str]]) -> None:
        """`hung` names the work that gives no sign of life: the watchdog is fed while none is."""
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._watchdog_seconds = _watchdog_seconds(environ)
        self._hung = hung
        self._told_hung: Sequence[str] = ()
        self._polled: dict[str, str] = {}

    def ready(self) -> None:
        """Say that the start, or a reload, is over."""
        self._send("READY=1", self._status())

    def reloading(self) -> None:
        """Say that a reload begins; the time tells systemd which one."""
        usec = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000
        self._send("RELOADING=1", f"MONOTONIC_USEC={usec}", "STATUS=reloading")

    def stopping(self) -> None:
        """Say that the end begins."""
        self._send("STOPPING=1", "STATUS=stopping")

    def polled(self, report: PollReport) -> None:
        """Keep the line of status up to date."""
        at = f"{time.strftime('%H:%M:%S', time.gmtime())} UTC"
        if report.error is not None:
            words = f"failing ({report.failures} polls, {at}): {report.error}"
        else:
            words = f"{report.jobs} jobs, {report.running} running, polled {at}"
        self._polled[report.account] = f"{report.account}: {words}"
        self._send(self._status())

    async def feed(self) -> None:
        """Feed the watchdog as long as the work goes on; runs until cancelled.

        It shares the event loop with that work: if the loop hangs, this does too.
        """
        if self._watchdog_seconds is None:
            return
        while True:
            hung = self._hung()
            if not hung:
                self._send("WATCHDOG=1")
            elif hung != self._told_hung:
                logger.error("the watchdog is not fed any more: %s", "; ".join(hung))
            self._told_hung = hung
            await asyncio.sleep(self._watchdog_seconds / FEEDS)

    def _status(self) -> str:
        line = "; ".join(self._polled.values()) or "not polled yet"
        return f"STATUS={' '.join(line.split())[:STATUS_LIMIT]}"

    def _send(self, *fields: str) -> None:
        if not self._address:
            return
        # An abstract socket is written with an @ for its NUL.
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                # A manager that does not read must not hold the daemon up.
                sender.settimeout(0.0)
                sender.sendto("\n".join(fields).encode(), address)
        except OSError as error:
            logger.debug("systemd was not told: %s", error.strerror)


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """Return the watchdog's interval; None if there is none, or if it is another process's."""
    usec, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not usec.isdecimal() or int(usec) == 0 or (pid and pid != str(os.getpid())):
        return None
    return int(usec) / 1_000_000
