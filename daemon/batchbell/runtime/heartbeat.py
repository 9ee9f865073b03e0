"""The dead man's switch: a URL pinged while all is well, so that silence is noticed elsewhere.

Conventions of healthchecks.io: the URL itself is success, `/start` and `/fail` behind its path say
so, a body is kept with the ping. Source: its documentation of the pinging API.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from batchbell import __version__
from batchbell.errors import BatchbellError, UnavailableError
from batchbell.wire.http import HttpClient

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

logger = logging.getLogger(__name__)

#: A ping takes no longer than this, all in all, seconds.
DEADLINE_SECONDS = 10.0
#: Answers to a ping that arrived.
_SUCCESS = range(200, 300)
#: Pinged more often than the service counts: no news about the network or the URL.
_TOO_MANY = 429


class Polled(Protocol):
    """What is asked of a poll's report."""

    @property
    def account(self) -> str:
        """Its name."""

    @property
    def error(self) -> Exception | None:
        """None for a good poll."""

    @property
    def outage_told(self) -> bool:
        """Whether the failure is one that somebody has to see to."""

    @property
    def jobs(self) -> int:
        """How many jobs a good poll listed."""

    @property
    def running(self) -> int:
        """How many of them have not ended."""


@dataclass(frozen=True, slots=True)
class _Ping:
    #: What is added to the URL's path: '', `/start` or `/fail`.
    suffix: str
    body: Mapping[str, object]


class Heartbeat:
    """Pings in a task of its own; at most one ping is on its way, and the newest is the next."""

    def __init__(
        self,
        url: Callable[[], str],
        accounts: Callable[[], Collection[str]],
        *,
        is_well_elsewhere: Callable[[], bool] = lambda: True,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        """`url` and `accounts` return what is in force; an empty URL means no pings.

        `is_well_elsewhere` says, asked in a thread, whether other replicas poll all the rest well;
        it may raise `DatabaseError`.
        """
        self._url = url
        self._accounts = accounts
        self._is_well_elsewhere = is_well_elsewhere
        self._deadline_seconds = deadline_seconds
        self._latest: dict[str, Polled] = {}
        self._next: _Ping | None = None
        self._task: asyncio.Task[None] | None = None
        self._http: HttpClient | None = None
        self._is_failing = False

    def started(self) -> None:
        """Say that the daemon starts."""
        self._ping("/start", {"accounts": len(self._accounts())})

    def polled(self, report: Polled) -> None:
        """Say that all is well if the latest poll of every account was good, or what is not."""
        self._latest[report.account] = report
        latest = [self._latest.get(name) for name in self._accounts()]
        polls = [poll for poll in latest if poll is not None]
        good = [poll for poll in polls if poll.error is None]
        if report.error is not None:
            if report.outage_told:
                failing = {poll.account: str(poll.error) for poll in polls if poll.error}
                self._ping("/fail", {"accounts": len(latest), "failing": failing})
        elif len(good) == len(latest):
            jobs, running = sum(poll.jobs for poll in good), sum(poll.running for poll in good)
            self._ping("", {"accounts": len(good), "jobs": jobs, "running": running})

    async def close(self, *, grace_seconds: float = 0.0) -> None:
        """Give pings under way that long, then drop them."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=grace_seconds)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    def _ping(self, suffix: str, body: Mapping[str, object]) -> None:
        if not self._url():
            return
        self._next = _Ping(suffix, body)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send_all(), name="heartbeat")

    async def _send_all(self) -> None:
        while self._next is not None:
            ping, self._next = self._next, None
            try:
                if bool(ping.suffix) or await asyncio.to_thread(self._is_well_elsewhere):
                    await self._send(ping)
            except BatchbellError as error:
                logger.log(
                    logging.DEBUG if self._is_failing else logging.WARNING,
                    "the heartbeat's ping failed: %s",
                    error,
                )
                self._is_failing = True
            else:
                if self._is_failing:
                    logger.info("the heartbeat's pings arrive again")
                self._is_failing = False

    async def _send(self, ping: _Ping) -> None:
        if self._http is None:
            self._http = HttpClient(user_agent=f"batchbell/{__version__}")
        async with self._http.stream(
            "POST",
            with_suffix(self._url(), ping.suffix),
            headers={"Content-Type": "application/json"},
            content=json.dumps(ping.body).encode(),
            timeout_seconds=self._deadline_seconds,
        ) as answer:
            if answer.status not in _SUCCESS and answer.status != _TOO_MANY:
                raise UnavailableError(f"{answer.host} answered {answer.status}")


def with_suffix(url: str, suffix: str) -> str:
    """Return the URL with the suffix behind its path, before any query."""
    parts = urlsplit(url)
    return parts._replace(path=parts.path.rstrip("/") + suffix if suffix else parts.path).geturl()
