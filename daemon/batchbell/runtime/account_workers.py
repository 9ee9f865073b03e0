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
from batchbell.runtime.lull import Lull

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
#: The one piece of work that ticks for all accounts.
_TICKS = "ticks"


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
        #: Of the accounts whose first poll has ended.
        self._watches: dict[str, AccountWatch] = {}
        self._ticks = asyncio.Lock()
        #: No account has a job that runs, or polls that fail: time alone makes no news.
        self._lull = Lull(parts.news)
        self._unrecorded = Outage(logger, level=logging.ERROR)
        #: Set once any poll has ended, well or not: the clock is as good as it gets.
        self.tried = asyncio.Event()

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
        while self._clients:
            # A reload that the stop has overtaken may still add one.
            _, client = self._clients.popitem()
            await client.close()

    async def _drop(self, name: str) -> None:
        # The poll first: its end is what starts the ticks.
        await self._scheduler.drop(_work_name(name))
        self._liveness.forget(_work_name(name))
        if self._watches.pop(name, None) is not None:
            # A tick under way is waited for.
            async with self._ticks:
                self._liveness.forget(_tick_name(name))
            if not self._watches:
                await self._scheduler.drop(_TICKS)
        client = self._clients.pop(name, None)
        if client is not None:
            await client.close()

    async def _keep(self, name: str, settings: AccountSettings) -> None:
        client = self._clients[name] = await self._parts.client(name)
        poll = self._parts.poll(name, client)
        # Not when the first poll ends: the account may be removed meanwhile.
        watch = self._parts.watch(name)
        interval_seconds = self._clock.real_seconds(settings.poll_interval)
        # A poll may take its whole timeout; its successor is due one interval after its start.
        allowance = 2 * interval_seconds + settings.request_timeout.total_seconds()

        async def run() -> float | None:
            if not self._parts.is_ours(name):
                return None
            try:
                wait_seconds = await self._poll(poll, interval_seconds)
            finally:
                self._parts.news.came()
            self.tried.set()
            self._keep_ticking(name, watch)
            self._liveness.expect(
                _work_name(name), within_seconds=allowance + 2 * (wait_seconds or 0.0)
            )
            return wait_seconds

        self._liveness.expect(_work_name(name), within_seconds=allowance)
        self._scheduler.keep(_work_name(name), interval_seconds=interval_seconds, run=run)

    def _keep_ticking(self, name: str, watch: AccountWatch) -> None:
        if name in self._watches:
            return
        is_first = not self._watches
        self._watches[name] = watch
        self._liveness.expect(_tick_name(name), within_seconds=TICK_HUNG_SECONDS)
        if is_first:
            seconds = max(self._clock.real_seconds(self._tick_every), SHORTEST_TICK_SECONDS)
            self._scheduler.keep(_TICKS, interval_seconds=seconds, run=self._tick_all)

    async def _tick_all(self) -> None:
        """Look at the time of all accounts at once, and let those tick that it concerns."""
        async with self._ticks:
            watches = [each for each in self._watches.values() if self._parts.is_ours(each.account)]
            try:
                due = await self._due(watches)
            except DatabaseError as error:
                for watch in watches:
                    self._tick_failed(watch, error)
                return
            for watch in watches:
                if watch not in due:
                    self._expect_tick(watch)
            await asyncio.gather(*map(self._tick, due))

    async def _due(self, watches: Sequence[AccountWatch]) -> Sequence[AccountWatch]:
        """Return those that have something to tell. Raises `DatabaseError`."""
        if self._lull.lasts:
            return ()
        self._lull.begin_look()
        look = await self._parts.look(watches)
        if not look.is_open:
            self._lull.found_nothing()
        for watch in watches:
            if watch not in look.due:
                # One that only read says nothing about writing.
                self._liveness.database_worked(_tick_name(watch.account))
        return look.due

    async def _tick(self, watch: AccountWatch) -> None:
        name = _tick_name(watch.account)
        try:
            events = await watch.tick()
        except DatabaseError as error:
            self._tick_failed(watch, error)
            return
        except Exception:
            # Of one account: the others tick on.
            logger.exception("%s crashed; it is tried again in its turn", name)
            return
        self._expect_tick(watch)
        self._metrics.happened(events)
        if events:
            self._liveness.database_written(name)
            self._on_events()
        else:
            self._liveness.database_worked(name)

    def _tick_failed(self, watch: AccountWatch, error: DatabaseError) -> None:
        self._liveness.database_failed(_tick_name(watch.account), error)
        self._expect_tick(watch)
        self._unrecorded.failed("a tick is not recorded: %s", error, account=watch.account)

    def _expect_tick(self, watch: AccountWatch) -> None:
        # One that was dropped meanwhile is forgotten once this round is over.
        self._liveness.expect(_tick_name(watch.account), within_seconds=TICK_HUNG_SECONDS)

    async def _poll(self, poll: AccountPoll, interval_seconds: float) -> float | None:
        """Poll once; return how long to leave the API alone if it wants fewer calls, seconds."""
        began = asyncio.get_running_loop().time()
        try:
            report = await poll.poll(self._on_events)
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
            # What waited for files' names may go now, too.
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
