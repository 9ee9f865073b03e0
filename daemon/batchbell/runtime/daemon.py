"""The daemon: starts the parts, keeps them running, reloads and stops them."""

from __future__ import annotations

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

from batchbell import __version__
from batchbell.clock import boot_seconds
from batchbell.errors import BatchbellError, DatabaseError
from batchbell.observability.metrics import Metrics
from batchbell.runtime.account_workers import Polling
from batchbell.runtime.bootstrap import Assembly
from batchbell.runtime.channel_workers import Dispatch
from batchbell.runtime.chores import Housekeeping
from batchbell.runtime.liveness import Vitals
from batchbell.runtime.scheduler import Scheduler
from batchbell.runtime.systemd import Systemd
from batchbell.store import queue, schema
from batchbell.store.sqlite.lock import daemon_lock
from batchbell.store.sqlite.upgrade import upgrade
from batchbell.web.access import access
from batchbell.web.app import create_app
from batchbell.web.server import StatusServer
from batchbell.web.watching import watching

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from batchbell.clock import Clock
    from batchbell.config import LoadedConfig
    from batchbell.config.settings import WebSettings
    from batchbell.observability.redaction import Redaction
    from batchbell.providers.api_key import KeyPlace
    from batchbell.runtime.bootstrap import Sender
    from batchbell.store.sqlite.database import Database
    from batchbell.usecases.poll import PollReport

logger = logging.getLogger(__name__)

#: How long polls, then sends under way may go on when the daemon stops, seconds.
POLL_GRACE_SECONDS = 1.0
SEND_GRACE_SECONDS = 2.0
#: Pause before a broken side task starts again, seconds.
RESTART_SECONDS = 5.0
#: A start that takes longer has hung, seconds.
START_HUNG_SECONDS = 60.0
#: The database's, for the most part.
THREADS = 16


class Daemon:
    """Everything that runs while batchbell watches."""

    def __init__(
        self,
        config: LoadedConfig,
        *,
        database: Database,
        clock: Clock,
        sender: Sender,
        redaction: Redaction | None = None,
        key_place: Callable[[str], KeyPlace] | None = None,
    ) -> None:
        """Start nothing yet. `sender` is what messages leave through; the rest as in `Assembly`."""
        self._config = config
        #: What is in force of the page.
        self._page = config.settings.web
        self._database = database
        self._clock = clock
        self.vitals = Vitals(boot_seconds)
        self._assembly = Assembly(
            config.settings,
            database=database,
            clock=clock,
            sender=sender,
            redaction=redaction,
            key_place=key_place,
        )
        self._scheduler = Scheduler()
        self._metrics = Metrics()
        self._dispatch = Dispatch(self._assembly, vitals=self.vitals, metrics=self._metrics)
        self._heartbeat = self._assembly.heartbeat()
        self._systemd = Systemd(os.environ, hung=self.vitals.hung, now=clock.now)
        self._started = asyncio.Event()
        self._applying = asyncio.Lock()
        self._reload_waits = False
        self._polling = Polling(
            self._assembly,
            scheduler=self._scheduler,
            vitals=self.vitals,
            metrics=self._metrics,
            on_events=self._dispatch.wake,
            on_report=self._polled,
        )
        self._housekeeping = Housekeeping(
            self._assembly,
            scheduler=self._scheduler,
            vitals=self.vitals,
            has_tried=lambda: self._polling.has_tried,
            on_reminders=self._dispatch.wake,
        )

    async def run(self, stopping: asyncio.Event) -> None:
        """Watch until `stopping` is set.

        Raises `AlreadyRunningError` if the database has a daemon, `DatabaseError` if it is
        unusable.
        """
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(THREADS))
        with ExitStack() as stack:
            stack.enter_context(daemon_lock(self._database.path))
            stack.callback(self._database.close)
            await asyncio.to_thread(prepare_database, self._database, self._clock.now())
            server = self._status_server(stopping)
            self._announce(server)
            side_work: dict[str, Callable[[], Awaitable[None]]] = {
                "watching for commits": self._dispatch.notice_commits,
                "feeding the watchdog": self._systemd.feed,
            }
            if server is not None:
                side_work["the status page"] = server.serve
            background = [
                loop.create_task(_keep_going(what, work)) for what, work in side_work.items()
            ]
            try:
                await self._start()
                self._started.set()
                self._systemd.ready(self._assembly.settings.accounts)
                await stopping.wait()
            finally:
                self._systemd.stopping()
                # These two never end by themselves: waiting for them would cost the grace.
                for endless in background[:2]:
                    endless.cancel()
                await self._stop()
                await _cancel(background)

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
            self._systemd.reloading()
            try:
                config = await asyncio.to_thread(load)
                await self._apply(config)
            except BatchbellError as error:
                logger.error("reload refused, the old configuration stays: %s", error)  # noqa: TRY400 (no traceback for a user's mistake)
            else:
                logger.info("reloaded", extra=self._watched())
            finally:
                self._systemd.ready(self._assembly.settings.accounts)

    async def _start(self) -> None:
        # Until there is work to expect a sign of life of, the start itself has to give one.
        self.vitals.expect("the start", within_seconds=START_HUNG_SECONDS)
        self._heartbeat.started()
        self._scheduler.start()
        self._housekeeping.start()
        await self._apply(self._config)
        self.vitals.forget("the start")

    async def _apply(self, config: LoadedConfig) -> None:
        old, new = self._assembly.settings, config.settings
        for warning in config.warnings:
            logger.warning("configuration: %s", warning)
        # In force before it is recorded: what polls commit from then on names no removed channel.
        self._assembly.settings = new
        try:
            await self._dispatch.apply(new)
        except DatabaseError:
            self._assembly.settings = old
            raise
        self._config = config
        self._metrics.watch(new.accounts, new.channels)
        if old.database_url != new.database_url:
            logger.warning("a new database_url is used after a restart only")
        self._apply_to_page(new.web)
        await self._polling.apply(old, new)

    def _apply_to_page(self, new: WebSettings) -> None:
        if (new.enabled, new.listen) == (self._page.enabled, self._page.listen):
            self._page = new
            return
        # What is asked of readers at the new address may be too little at the old one.
        logger.warning("a new web.enabled or web.listen, with the rest of [web], needs a restart")

    async def _stop(self) -> None:
        logger.info("stopping")
        await self._scheduler.stop(grace_seconds=POLL_GRACE_SECONDS)
        await self._heartbeat.close()
        await self._dispatch.stop(grace_seconds=SEND_GRACE_SECONDS)
        await self._polling.close()

    def _polled(self, report: PollReport) -> None:
        if report.error is None:
            self._housekeeping.polled_well()
        self._heartbeat.polled(report)
        self._systemd.polled(report)

    def _status_server(self, stopping: asyncio.Event) -> StatusServer | None:
        web = self._assembly.settings.web
        if not web.enabled:
            return None
        app = create_app(
            database=self._database,
            vitals=self.vitals,
            metrics=self._metrics,
            condition=lambda: self.vitals.condition(now=self._clock.now(), skew=self._clock.skew),
            now=self._clock.now,
            watching=lambda: watching(self._config),
            access=lambda: access(self._page),
            stop=stopping,
        )
        server = StatusServer(app, web.listen, stopping)
        server.bind()
        return server

    def _announce(self, server: StatusServer | None) -> None:
        logger.info(
            "batchbell %s watches",
            __version__,
            extra={
                **self._watched(),
                "config": str(self._config.path or "environment only"),
                "database": str(self._database.path),
                "page": "off" if server is None else server.url or "waiting for its port",
            },
        )

    def _watched(self) -> dict[str, str]:
        settings = self._assembly.settings
        accounts = (
            f"{name} (every {account.poll_interval.total_seconds():g} s)"
            for name, account in settings.accounts.items()
        )
        return {
            "accounts": ", ".join(accounts),
            "channels": ", ".join(settings.channels) or "none, events go to this log only",
        }


def prepare_database(database: Database, now: datetime) -> None:
    """Migrate, and free what a dead process had claimed; for the holder of the daemon lock."""
    upgraded = upgrade(database, now)
    if upgraded is not None:
        copy = {} if upgraded.copy is None else {"copy_of_the_old": str(upgraded.copy)}
        logger.info("database migrated", extra={"schema": schema.HEAD, **copy})
    with database.write() as connection:
        queue.void_claims(connection)


async def _keep_going(what: str, work: Callable[[], Awaitable[None]]) -> None:
    """Run a side task; if it breaks down the bell goes on, and it is started again."""
    while True:
        try:
            await work()
        except Exception:
            logger.exception("%s broke down; it starts again", what)
            await asyncio.sleep(RESTART_SECONDS)
        else:
            return


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks, timeout=POLL_GRACE_SECONDS)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
