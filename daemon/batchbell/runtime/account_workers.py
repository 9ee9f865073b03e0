"""One scheduled poll per configured account, and its ticks."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.account_health import peace_seconds
from batchbell.errors import (
    DatabaseError,
    MalformedError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
)
from batchbell.observability.outage_log import Outage

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.clock import Clock
    from batchbell.config import AccountSettings, Settings
    from batchbell.errors import ApiError
    from batchbell.observability.metrics import Metrics
    from batchbell.providers.port import ProviderClient
    from batchbell.runtime.account_parts import AccountParts
    from batchbell.runtime.liveness import Liveness
    from batchbell.runtime.scheduler import Scheduler
    from batchbell.usecases.poll import AccountPoll, PollReport
    from batchbell.usecases.tick import AccountWatch

logger = logging.getLogger(__name__)

#: How often the rules that need no listing look at the time.
TICK_EVERY = timedelta(seconds=15)
#: The demo's fast clock would tick more often than could be recorded.
SHORTEST_TICK_SECONDS = 0.25
#: A tick that gives no sign of life for this long has hung, seconds.
TICK_HUNG_SECONDS = 60.0


class AccountWorkers:
    """Keeps the scheduled polls and ticks in line with the configuration."""

    def __init__(
        self,
        parts: AccountParts,
        *,
        clock: Clock,
        scheduler: Scheduler,
        liveness: Liveness,
        metrics: Metrics,
        on_events: Callable[[], None],
        on_report: Callable[[PollReport], None],
        tick_every: timedelta = TICK_EVERY,
    ) -> None:
        """Poll nothing yet.

        `parts` builds what watches an account. `on_events` is called after a commit that gave
        channels something to send, `on_report` after every poll that was recorded.
        """
        self._parts = parts
        self._clock = clock
        self._scheduler = scheduler
        self._liveness = liveness
        self._metrics = metrics
        self._tick_every = tick_every
        self._on_events = on_events
        self._on_report = on_report
        self._clients: dict[str, ProviderClient] = {}
        self._ticking: set[str] = set()
        self._unrecorded = Outage(logger, level=logging.ERROR)
        #: Whether any poll has ended, well or not: the clock is as good as it gets.
        self.has_tried = False

    async def apply(self, old: Settings, new: Settings) -> None:
        """Drop and rebuild what the new configuration changes; a new poll starts at once.

        Ticks start once that poll has ended, well or not: until then the clock may be hours off,
        and the snapshot of another day.
        """
        for name in list(self._clients):
            if new.accounts.get(name) != old.accounts.get(name) or new.alerts != old.alerts:
                await self._drop(name)
        await self.settle(new)

    async def settle(self, settings: Settings) -> None:
        """Watch what is ours; return once no work is done on anything else."""
        for name in [each for each in self._clients if not self._parts.is_ours(each)]:
            await self._drop(name)
        for name, account in settings.accounts.items():
            if name not in self._clients and self._parts.is_ours(name):
                await self._keep(name, account)

    async def close(self) -> None:
        """Close the clients, once nothing polls any more."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()

    async def _drop(self, name: str) -> None:
        # The poll first: its end is what starts the ticks.
        for work in (_work_name(name), _tick_name(name)):
            await self._scheduler.drop(work)
            self._liveness.forget(work)
        self._ticking.discard(name)
        await self._clients.pop(name).close()

    async def _keep(self, name: str, settings: AccountSettings) -> None:
        client = self._clients[name] = await self._parts.client(name)
        poll = self._parts.poll(name, client)
        # Not when the first poll ends: the account may be removed meanwhile.
        watch = self._parts.ticks(name)
        interval_seconds = self._clock.real_seconds(settings.poll_interval)
        # A poll may take its whole timeout; its successor is due one interval after its start.
        allowance = 2 * interval_seconds + settings.request_timeout.total_seconds()

        async def run() -> float | None:
            if not self._parts.is_ours(name):
                return None
            wait_seconds = await self._poll(poll, interval_seconds)
            self.has_tried = True
            self._keep_ticking(name, watch)
            self._liveness.expect(
                _work_name(name), within_seconds=allowance + 2 * (wait_seconds or 0.0)
            )
            return wait_seconds

        self._liveness.expect(_work_name(name), within_seconds=allowance)
        self._scheduler.keep(_work_name(name), interval_seconds=interval_seconds, run=run)

    def _keep_ticking(self, name: str, watch: AccountWatch) -> None:
        if name in self._ticking:
            return
        self._ticking.add(name)
        interval_seconds = max(self._clock.real_seconds(self._tick_every), SHORTEST_TICK_SECONDS)

        async def run() -> None:
            if self._parts.is_ours(name):
                await self._tick(watch)
            self._liveness.expect(_tick_name(name), within_seconds=TICK_HUNG_SECONDS)

        self._liveness.expect(_tick_name(name), within_seconds=TICK_HUNG_SECONDS)
        self._scheduler.keep(_tick_name(name), interval_seconds=interval_seconds, run=run)

    async def _tick(self, watch: AccountWatch) -> None:
        try:
            events = await watch.tick()
        except DatabaseError as error:
            self._liveness.database_failed(_tick_name(watch.account), error)
            self._unrecorded.failed("a tick is not recorded: %s", error, account=watch.account)
            return
        self._metrics.happened(events)
        if events:
            self._liveness.database_written(_tick_name(watch.account))
            self._on_events()
        else:
            # One that only read says nothing about writing.
            self._liveness.database_worked(_tick_name(watch.account))

    async def _poll(self, poll: AccountPoll, interval_seconds: float) -> float | None:
        """Poll once; return how long to leave the API alone if it wants fewer calls, seconds."""
        began = asyncio.get_running_loop().time()
        try:
            report = await poll.poll()
        except DatabaseError as error:
            self._liveness.database_failed(_work_name(poll.account), error)
            self._unrecorded.failed("a poll is not recorded: %s", error, account=poll.account)
            return None
        self._liveness.database_written(_work_name(poll.account))
        self._unrecorded.ended("polls are recorded again", account=poll.account)
        took_seconds = asyncio.get_running_loop().time() - began
        self._metrics.polled(poll.account, _outcome(report.error), took_seconds)
        self._metrics.happened(report.events)
        if report.events:
            self._on_events()
        self._on_report(report)
        if isinstance(report.error, RateLimitedError):
            return peace_seconds(
                report.error.retry_after_seconds,
                refusals=report.failures,
                interval_seconds=interval_seconds,
            )
        return None


def _outcome(error: ApiError | None) -> str:
    """Return one of `metrics.POLL_OUTCOMES`."""
    if error is None:
        return "good"
    kinds = (
        (UnauthorizedError, "unauthorized"),
        (RateLimitedError, "rate_limited"),
        (UnavailableError, "unavailable"),
        (MalformedError, "malformed"),
    )
    return next((name for kind, name in kinds if isinstance(error, kind)), "refused")


def _tick_name(account: str) -> str:
    return f"ticks of {account}"


def _work_name(account: str) -> str:
    return f"poll of {account}"
