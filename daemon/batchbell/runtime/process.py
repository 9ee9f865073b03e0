"""The process around the daemon: its event loop, its signals and its end."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from batchbell.runtime.bootstrap import build_daemon, real_ports

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.config import LoadedConfig
    from batchbell.observability.redaction import Redaction
    from batchbell.providers.api_key import KeyPlace
    from batchbell.runtime.daemon import Daemon

#: After this long a stopping process ends whatever still hangs, seconds.
HARD_STOP_SECONDS = 4.0
#: Names looked up at the same time; a look-up that hangs can't be stopped.
LOOK_UPS = 16


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
    ports = real_ports(config.settings)
    daemon = build_daemon(config, ports, redaction=redaction, key_place=key_place)
    with asyncio.Runner(loop_factory=RunLoop) as runner:
        runner.run(run_until_signal(daemon, load))


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
