"""What systemd hears of the daemon: ready, reloading, stopping, alive, and a line of status.

Source: sd_notify(3) and sd_watchdog_enabled(3). Without `NOTIFY_SOCKET` nothing is sent.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.core.text import harmless_line, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping, Sequence
    from datetime import datetime

    from batchbell.usecases.poll import PollReport

logger = logging.getLogger(__name__)

#: The watchdog is fed so many times in its interval: one that comes late does no harm.
FEEDS = 4
#: Characters of the status line, and of an error in it; `systemctl status` shows one line.
STATUS_LIMIT = 400
ERROR_LIMIT = 80


class Systemd:
    """Sends to the socket of the environment, if there is one."""

    def __init__(
        self,
        environ: MutableMapping[str, str],
        *,
        hung: Callable[[], Sequence[str]],
        now: Callable[[], datetime],
    ) -> None:
        """Take systemd's variables out of `environ`: no program we start may speak for us.

        `hung` names the work that gives no sign of life: the watchdog is fed while none is. `now`
        is aware UTC.
        """
        self._address = environ.pop("NOTIFY_SOCKET", "")
        self._watchdog_seconds = _watchdog_seconds(
            environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", "")
        )
        self._hung = hung
        self._now = now
        self._told_hung: Sequence[str] = ()
        self._accounts: dict[str, _Polls] = {}

    def ready(self, accounts: Iterable[str]) -> None:
        """Say that the start, or a reload, is over, and that these accounts are watched."""
        self._accounts = {name: self._accounts.get(name, _Polls()) for name in accounts}
        self._send("READY=1", self._status())

    def reloading(self) -> None:
        """Say that a reload begins; by the time systemd knows which one."""
        usec = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000
        self._send("RELOADING=1", f"MONOTONIC_USEC={usec}", "STATUS=reloading")

    def stopping(self) -> None:
        """Say that the end begins."""
        self._send("STOPPING=1", "STATUS=stopping")

    def polled(self, report: PollReport) -> None:
        """Keep the line of status up to date."""
        polls = self._accounts.setdefault(report.account, _Polls())
        if report.error is None:
            at = f"{self._now():%Y-%m-%d %H:%M:%S} UTC"
            jobs = "1 job" if report.jobs == 1 else f"{report.jobs} jobs"
            polls.good = f"{jobs}, {report.running} running, polled {at}"
            polls.trouble = ""
        else:
            error = shortened(harmless_line(" ".join(str(report.error).split())), ERROR_LIMIT)
            polls.trouble = f", {report.failures} failed since: {error}"
        polls.severity = report.severity
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
            if hung != self._told_hung:
                self._tell(hung)
            await asyncio.sleep(self._watchdog_seconds / FEEDS)

    def _tell(self, hung: Sequence[str]) -> None:
        self._told_hung = hung
        if hung:
            logger.error(
                "the watchdog is not fed, no sign of life: %s; if none comes, systemd restarts us",
                ", ".join(hung),
            )
        else:
            logger.info("the watchdog is fed again")

    def _status(self) -> str:
        accounts = (f"{name}{polls.mark}: {polls}" for name, polls in self._accounts.items())
        return f"STATUS={shortened('; '.join(accounts), STATUS_LIMIT)}"

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
            logger.debug("systemd was not reached: %s", error.strerror)


@dataclass(slots=True)
class _Polls:
    """What the line of status says of an account."""

    good: str = "not polled yet"
    #: The polls that failed since then; empty if none did.
    trouble: str = ""
    #: How the account stands.
    severity: Severity = Severity.INFO

    @property
    def mark(self) -> str:
        """What stands behind the account's name: nothing while all is well."""
        is_well = self.severity < Severity.WARNING
        return "" if is_well else f" ({self.severity.name.lower()})"

    def __str__(self) -> str:
        return self.good + self.trouble


def _watchdog_seconds(usec: str, pid: str) -> float | None:
    """Return the watchdog's interval; None if there is none, or if it is another process's."""
    if not usec.isdecimal() or int(usec) == 0 or (pid and pid != str(os.getpid())):
        return None
    return int(usec) / 1_000_000
