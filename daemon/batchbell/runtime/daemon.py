"""The daemon: starts the parts, keeps them running, reloads and stops them."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from batchbell import __version__
from batchbell.errors import BatchbellError, PassingDatabaseError
from batchbell.observability.outage_log import Outage
from batchbell.runtime.ownership import owned

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from batchbell.clock import Clock
    from batchbell.config import LoadedConfig
    from batchbell.observability.metrics import Metrics
    from batchbell.runtime.account_workers import AccountWorkers
    from batchbell.runtime.channel_workers import ChannelWorkers
    from batchbell.runtime.chores import Chores
    from batchbell.runtime.heartbeat import Heartbeat
    from batchbell.runtime.in_force import InForce
    from batchbell.runtime.liveness import Liveness
    from batchbell.runtime.replicas import Replicas
    from batchbell.runtime.result_workers import ResultWorkers
    from batchbell.runtime.scheduler import Scheduler
    from batchbell.runtime.systemd import Systemd
    from batchbell.store.database import Database
    from batchbell.web.health_socket import HealthSocket
    from batchbell.web.server import StatusServer

logger = logging.getLogger(__name__)

_START = "the start"

#: How long polls, then sends under way may go on when the daemon stops, seconds.
POLL_GRACE_SECONDS = 1.0
SEND_GRACE_SECONDS = 2.0
#: Pause before a broken side task starts again, seconds.
RESTART_SECONDS = 5.0
#: Between two tries to start on a database whose server is away: at first, and at most, seconds.
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 15.0
#: An API that does not answer keeps nobody from the page for longer, seconds.
PAGE_WAITS_SECONDS = 1.0
#: A start that takes longer has hung, seconds.
START_HUNG_SECONDS = 60.0
#: The database's, for the most part.
THREADS = 16


@dataclass(slots=True, kw_only=True, eq=False)
class Daemon:
    """Everything that runs while batchbell watches; `bootstrap` builds it."""

    in_force: InForce
    database: Database
    clock: Clock
    liveness: Liveness
    metrics: Metrics
    scheduler: Scheduler
    account_workers: AccountWorkers
    channel_workers: ChannelWorkers
    result_workers: ResultWorkers
    replicas: Replicas
    chores: Chores
    heartbeat: Heartbeat
    systemd: Systemd
    #: Takes the page's port; None if there is to be no page. It serves until the event is set.
    open_page: Callable[[asyncio.Event], StatusServer | None]
    #: What answers health checks until the event is set, whoever crowds the page.
    health_socket: Callable[[asyncio.Event], HealthSocket]
    #: Ends the connections that were kept for the next message.
    hang_up: Callable[[], Awaitable[None]]
    #: A start that takes longer has hung.
    start_hung_seconds: float = START_HUNG_SECONDS
    #: Before the second try to start on a database whose server is away; later ones wait longer.
    first_pause_seconds: float = FIRST_PAUSE_SECONDS
    #: For so long at most the page leaves the processor to the first polls.
    page_waits_seconds: float = PAGE_WAITS_SECONDS
    _started: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _applying: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    _reload_waits: bool = field(default=False, init=False)
    _page: StatusServer | None = field(default=None, init=False)
    #: What runs beside: the first two never end by themselves.
    _background: list[asyncio.Task[None]] = field(default_factory=list, init=False)

    async def run(self, stopping: asyncio.Event) -> None:
        """Watch until `stopping` is set.

        While the database's server is away it waits, red. Raises `AlreadyRunningError` if the
        database has a daemon, `DatabaseError` if it is unusable.
        """
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        async with AsyncExitStack() as stack:

            async def own() -> None:
                await stack.enter_async_context(
                    owned(self.database, self.clock.now(), beside_others=True)
                )

            try:
                if await self._patiently(own, stopping):
                    self._serve(stopping)
                    self._announce()
                    await self._watch(stopping)
            finally:
                await _cancel(self._background)

    async def _watch(self, stopping: asyncio.Event) -> None:
        """Do the work, on the database that is ours, until `stopping` is set."""
        try:
            if await self._start(self.in_force.config, stopping):
                beating = partial(self.replicas.run, self._settle)
                beat = asyncio.create_task(_keep_going("being one of several replicas", beating))
                self._background.append(beat)
                self._started.set()
                self.systemd.ready(self.in_force.settings.accounts)
                await stopping.wait()
        finally:
            self.systemd.stopping()
            # Waiting for these would cost the grace.
            for endless in self._background[:2]:
                endless.cancel()
            await self.replicas.settle_no_more()
            await self._stop()
            await self.replicas.leave()

    async def _settle(self) -> None:
        """Let work follow what this replica has; return once none is done on anything else."""
        async with self._applying:
            await asyncio.gather(
                self.account_workers.settle(self.in_force.settings),
                self.channel_workers.settle(self.in_force.settings),
            )

    def _serve(self, stopping: asyncio.Event) -> None:
        """Answer health checks and readers, and feed the watchdog, if we don't yet."""
        if self._background:
            return
        self._page = self.open_page(stopping)
        side_work: dict[str, Callable[[], Awaitable[None]]] = {
            "watching for commits": partial(
                self.channel_workers.notice_commits, also=self.result_workers.wake
            ),
            "feeding the watchdog": self.systemd.feed,
            "the health socket": self.health_socket(stopping).serve,
        }
        if self._page is not None:
            side_work["the status page"] = partial(self._serve_page, self._page)
        self._background += [
            asyncio.create_task(_keep_going(what, work)) for what, work in side_work.items()
        ]

    async def _serve_page(self, page: StatusServer) -> None:
        """Serve the page once a poll has ended: to load it beside the first would delay that."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.account_workers.tried.wait(), self.page_waits_seconds)
        await page.serve()

    async def _patiently(
        self, step: Callable[[], Awaitable[None]], stopping: asyncio.Event
    ) -> bool:
        """Do a step of the start, again and again while the database's server is away.

        The process is up meanwhile, and says what it waits for: starting it anew would not help.
        Returns False if `stopping` is set before. Raises what the step does.
        """
        waiting, pause = Outage(logger, level=logging.ERROR), self.first_pause_seconds
        while True:
            try:
                await step()
            except PassingDatabaseError as error:
                self.liveness.database_failed(_START, error)
                waiting.failed("the start waits for the database: %s", error)
                self._serve(stopping)
                self.systemd.ready(self.in_force.settings.accounts)
            else:
                waiting.ended("the start goes on")
                self.liveness.forget(_START)
                return True
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), pause)
                return False
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def reload(self, load: Callable[[], LoadedConfig]) -> None:
        """Take a new configuration into force, whole; an unusable one changes nothing.

        One after the other, once everything is started; one that waits will read what is newest.
        """
        if self._reload_waits:
            return
        self._reload_waits = True
        await self._started.wait()
        async with self._applying:
            self._reload_waits = False
            self.systemd.reloading()
            try:
                config = await asyncio.to_thread(load)
                await self._apply(config)
            except BatchbellError as error:
                logger.error("reload refused, the old configuration stays: %s", error)  # noqa: TRY400 (no traceback for a user's mistake)
            else:
                logger.info("reloaded", extra=self._watched())
            finally:
                self.systemd.ready(self.in_force.settings.accounts)

    async def _start(self, config: LoadedConfig, stopping: asyncio.Event) -> bool:
        self.heartbeat.started()
        self.scheduler.start()
        self.chores.start()

        async def apply() -> None:
            # Until there is work to expect a sign of life of, the start itself has to give one.
            self.liveness.expect(_START, within_seconds=self.start_hung_seconds)
            await self._apply(config)

        return await self._patiently(apply, stopping)

    async def _apply(self, config: LoadedConfig) -> None:
        old, new = self.in_force.settings, config.settings
        for warning in config.warnings:
            logger.warning("configuration: %s", warning)
        # In force before it is recorded: what polls commit from then on names no removed channel.
        with self.in_force.taking(config):
            await self.replicas.want(new)
            await self.channel_workers.apply(new)
        self.metrics.watch(new.accounts, new.channels)
        if old.database_url != new.database_url:
            logger.warning("a new database_url is used after a restart only")
        if self.in_force.page is not new.web:
            logger.warning(
                "a new web.enabled or web.listen, with the rest of [web], needs a restart"
            )
        await self.account_workers.apply(old, new)
        self.result_workers.reloaded()

    async def _stop(self) -> None:
        logger.info("stopping")
        await asyncio.gather(
            self.scheduler.stop(grace_seconds=POLL_GRACE_SECONDS),
            self.result_workers.stop(grace_seconds=POLL_GRACE_SECONDS),
        )
        await self.heartbeat.close()
        await self.channel_workers.stop(grace_seconds=SEND_GRACE_SECONDS)
        await self.account_workers.close()
        await self.hang_up()

    def _announce(self) -> None:
        path, server = self.in_force.config.path, self._page
        logger.info(
            "batchbell %s watches",
            __version__,
            extra={
                **self._watched(),
                "config": "environment only" if path is None else str(path.absolute()),
                "database": self.database.name,
                "page": "off" if server is None else server.url or "waiting for its port",
            },
        )

    def _watched(self) -> dict[str, str]:
        settings = self.in_force.settings
        accounts = (
            f"{name} (every {account.poll_interval.total_seconds():g} s)"
            for name, account in settings.accounts.items()
        )
        return {
            "accounts": ", ".join(accounts),
            "channels": ", ".join(settings.channels) or "none, events go to this log only",
        }


async def _keep_going(what: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run a side task; if it breaks down the bell goes on, and it is started again."""
    while True:
        try:
            await work()
        except Exception:
            logger.exception("%s crashed; it starts again", what)
            await asyncio.sleep(RESTART_SECONDS)
        else:
            return


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    if tasks:
        await asyncio.wait(tasks, timeout=POLL_GRACE_SECONDS)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
