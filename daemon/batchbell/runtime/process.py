"""The process around the daemon: its signals, its end, and the one-shot for cron."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from batchbell.clock import Clock, boot_seconds
from batchbell.observability.metrics import Metrics
from batchbell.receivers.notifier import Notifier
from batchbell.runtime.bootstrap import Assembly
from batchbell.runtime.channel_workers import Dispatch
from batchbell.runtime.daemon import Daemon, prepare_database
from batchbell.runtime.heartbeat import DEADLINE_SECONDS
from batchbell.runtime.liveness import Vitals
from batchbell.store.sqlite.database import Database
from batchbell.store.sqlite.lock import daemon_lock
from batchbell.usecases.remind import remind
from batchbell.usecases.retain import prune

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.config import LoadedConfig
    from batchbell.observability.redaction import Redaction
    from batchbell.providers.api_key import KeyPlace
    from batchbell.usecases.poll import PollReport

#: After this long a stopping process ends whatever still hangs, seconds.
HARD_STOP_SECONDS = 4.0
#: Names looked up at the same time; a look-up that hangs can't be stopped.
LOOK_UPS = 16
#: Cron polls when it likes: nobody is called blind as long as it comes at least this often.
CRON_INTERVAL = timedelta(hours=1)


class RunLoop(asyncio.SelectorEventLoop):
    """An event loop with threads of their own for looking up names.

    The standard one shares them with all other work: look-ups that hang would keep the database
    waiting.
    """

    def __init__(self) -> None:
        """Start no thread yet."""
        super().__init__()
        self._look_ups = ThreadPoolExecutor(LOOK_UPS, thread_name_prefix="look-up")

    async def getaddrinfo(
        self, host: bytes | str | None, port: bytes | str | int | None, **hints: int
    ) -> list[Any]:
        """Look up a name."""
        look_up = partial(socket.getaddrinfo, host, port, **hints)
        return await self.run_in_executor(self._look_ups, look_up)

    def close(self) -> None:
        """Start no further look-up; wait for none."""
        self._look_ups.shutdown(wait=False, cancel_futures=True)
        super().close()


def serve(
    config: LoadedConfig,
    load: Callable[[], LoadedConfig],
    *,
    redaction: Redaction,
    key_place: Callable[[str], KeyPlace],
) -> None:
    """Run the daemon in the foreground until SIGTERM or SIGINT; SIGHUP calls `load` and reloads.

    Raises `BatchbellError` if it can't start.
    """
    # systemd's watchdog ends a process that hangs with SIGABRT: the log then has where it hung.
    faulthandler.enable()
    database = Database(config.settings.database_url.get_secret_value())
    daemon = Daemon(
        config,
        database=database,
        clock=Clock(),
        sender=Notifier(),
        redaction=redaction,
        key_place=key_place,
    )
    with asyncio.Runner(loop_factory=RunLoop) as runner:
        runner.run(run_until_signal(daemon, load))


def poll_once(config: LoadedConfig, redaction: Redaction) -> list[PollReport]:
    """Poll every account once, then deliver once what is due; for cron.

    Raises `AlreadyRunningError` if a daemon runs on the database, `DatabaseError`.
    """
    return asyncio.run(_poll_once(config, redaction))


async def run_until_signal(daemon: Daemon, load: Callable[[], LoadedConfig]) -> None:
    """Run the daemon until a signal ends it."""
    stopping = asyncio.Event()
    reloads: set[asyncio.Task[None]] = set()

    def stop() -> None:
        stopping.set()
        # One that waits for a poll would go on to start others.
        for task in reloads:
            task.cancel()
        # Threads that hang in a name look-up or a send must not keep the process.
        hard_stop = threading.Timer(HARD_STOP_SECONDS, os._exit, args=[0])
        hard_stop.daemon = True
        hard_stop.start()

    def reload() -> None:
        if stopping.is_set():
            return
        task = asyncio.ensure_future(daemon.reload(load))
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGHUP, reload)
    await daemon.run(stopping)


async def _poll_once(config: LoadedConfig, redaction: Redaction) -> list[PollReport]:
    database = Database(config.settings.database_url.get_secret_value())
    assembly = Assembly(
        config.settings,
        database=database,
        clock=Clock(),
        sender=Notifier(),
        redaction=redaction,
    )
    dispatch = Dispatch(assembly, vitals=Vitals(boot_seconds), metrics=Metrics())
    heartbeat = assembly.heartbeat()
    with ExitStack() as stack:
        stack.enter_context(daemon_lock(database.path))
        stack.callback(database.close)
        await asyncio.to_thread(prepare_database, database, assembly.clock.now())
        polls = (_poll_account(assembly, name) for name in config.settings.accounts)
        reports = await asyncio.gather(*polls)
        for report in reports:
            heartbeat.polled(report)
        await asyncio.to_thread(
            remind, database, filters=assembly.filters(), now=assembly.clock.now()
        )
        await dispatch.deliver_once(config.settings)
        if any(report.error is None for report in reports):
            keep = config.settings.history.keep
            await asyncio.to_thread(prune, database, keep, assembly.clock.earlier)
        await heartbeat.close(grace_seconds=DEADLINE_SECONDS)
    return list(reports)


async def _poll_account(assembly: Assembly, name: str) -> PollReport:
    async with await assembly.client(name) as client:
        return await assembly.account_poll(name, client, at_least_every=CRON_INTERVAL).poll()
