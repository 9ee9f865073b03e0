# ruff: noqa: INP001  (a script outside the package)
"""Watch one simulated account the way the daemon does, and measure what that costs."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from batchbell.clock import Clock, boot_seconds
from batchbell.config import load
from batchbell.core.delivery.outcome import Outcome
from batchbell.core.gauges import Condition
from batchbell.observability.metrics import Metrics
from batchbell.receivers.content import Family
from batchbell.runtime.bootstrap import Ports, build_round
from batchbell.runtime.liveness import Liveness
from batchbell.runtime.ownership import prepare_database
from batchbell.runtime.provider import shipped
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.web.access import Access
from batchbell.web.app import create_app
from batchbell.web.server import StatusServer
from batchbell.web.watching import watching

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from batchbell.config import LoadedConfig
    from batchbell.receivers.content import Content
    from batchbell.receivers.receiver import Receiver
    from batchbell.usecases.poll import AccountPoll

#: What was measured, in words, by the name of it.
Measured: TypeAlias = "dict[str, str]"

#: How many of an account's jobs run, if it has as many.
RUNNING = 50
#: Unchanged polls; the median counts.
POLLS = 3
#: How often the event loop is asked whether it is free, seconds.
LOOK_SECONDS = 0.002


def measure(connection: Connection, config: Path) -> None:
    """Measure, asking over `connection` for what has to happen; send the result and end."""
    logging.disable()
    connection.send(asyncio.run(_Watcher(connection, config).measured()))


class _CountingSender:
    """Takes every message at once."""

    def __init__(self) -> None:
        self.sent = 0

    async def close(self) -> None:
        """Nothing is kept."""

    def family(self, receiver: Receiver) -> Family:
        """Read plain text."""
        del receiver
        return Family.PLAIN

    async def send(
        self, channel_name: str, receiver: Receiver, content: Content, key: str
    ) -> Outcome:
        """Count it."""
        del channel_name, receiver, content, key
        self.sent += 1
        return Outcome(delivered=True, reason="")


def _bytes_written() -> int:
    """Return what this process has written to files, bytes; Linux alone tells."""
    counters = Path("/proc/self/io").read_text().split()
    return int(counters[counters.index("wchar:") + 1])


@dataclass
class _Reading:
    """What one poll or delivery took; milliseconds and bytes."""

    took: float = 0.0
    #: Of all threads of this process: says more on a machine that is busy with other things.
    cpu: float = field(default_factory=lambda: time.process_time() * 1000)
    longest_block: float = 0.0
    written: int = field(default_factory=_bytes_written)

    def __str__(self) -> str:
        return _time(self.took)


class _Watcher:
    def __init__(self, connection: Connection, config: Path) -> None:
        self._connection = connection
        self._config = config
        loaded: LoadedConfig = load(config, {}, check_channel=lambda _section: ())
        self._loaded = loaded
        self._database = SqliteDatabase(f"sqlite:///{config.parent}/bell.db")
        self._sender = _CountingSender()
        self._clock = Clock()
        ports = Ports(database=self._database, clock=self._clock, sender=self._sender)
        self._round = build_round(loaded, ports)

    async def measured(self) -> Measured:
        """Return everything by name."""
        await asyncio.to_thread(prepare_database, self._database, self._clock.now())
        channels = self._round.channel_workers
        await channels.deliver_once(self._loaded.settings)
        result = {"RSS before": _bytes(_memory("VmRSS"))}
        async with await self._round.accounts.client("default") as client:
            poll = self._round.accounts.poll("default", client)
            first = await self._poll(poll)
            unchanged = [await self._poll(poll) for _ in range(POLLS)]
            moved = await self._poll(poll, "move")
            result |= {
                "first poll (baseline)": str(first),
                "unchanged poll": str(_median(unchanged)),
                "... processor time": _time(min(reading.cpu for reading in unchanged)),
                "... longest block of the event loop": _time(
                    max(reading.longest_block for reading in [first, *unchanged])
                ),
                "... written to disk": _bytes(_median(unchanged).written),
                "poll with 50 jobs moved": str(moved),
                "poll with 1 % of the jobs changed": str(await self._poll(poll, "change")),
            }
            await self._poll(poll, "begin")
            result["poll in which 500 jobs end"] = str(await self._poll(poll, "end"))
            before = self._sender.sent
            with self._reading() as delivery:
                await channels.deliver_once(self._loaded.settings)
            name = "... delivery of the messages"
            result[name] = f"{self._sender.sent - before} in {delivery}"
            later = await self._poll(poll, "an_hour_later")
            result["unchanged poll, once an hour"] = f"{later}, {_bytes(later.written)}"
        result["peak RSS"] = _bytes(_memory("VmHWM"))
        size = sum(path.stat().st_size for path in self._database.path.parent.glob("bell.db*"))
        result["database with its WAL"] = _bytes(size)
        result["status page, first byte"] = await self._page()
        result["`batchbell status`"] = self._status()
        result["`batchbell status --json`"] = self._status("--json")
        return result

    async def _poll(self, poll: AccountPoll, change: str = "") -> _Reading:
        if change:
            self._connection.send(change)
            await asyncio.to_thread(self._connection.recv)
        with self._reading() as reading:
            report = await poll.poll()
        if report.error is not None:
            raise report.error
        return reading

    @contextmanager
    def _reading(self) -> Iterator[_Reading]:
        reading = _Reading()
        guard = asyncio.ensure_future(_watch_the_loop(reading))
        started = time.perf_counter()
        try:
            yield reading
        finally:
            reading.took = (time.perf_counter() - started) * 1000
            reading.cpu = time.process_time() * 1000 - reading.cpu
            reading.written = _bytes_written() - reading.written
            guard.cancel()

    async def _page(self) -> str:
        stop = asyncio.Event()
        app = create_app(
            database=self._database,
            liveness=Liveness(boot_seconds),
            metrics=Metrics(),
            condition=Condition,
            now=self._clock.now,
            watching=lambda: watching(self._loaded, shipped()),
            stop=stop,
            access=Access,
        )
        server = StatusServer(lambda: app, "127.0.0.1:0", stop)
        server.bind()
        serving = asyncio.create_task(server.serve())
        times = []
        for _ in range(POLLS):
            started = time.perf_counter()
            await asyncio.to_thread(_first_byte, str(server.url))
            times.append((time.perf_counter() - started) * 1000)
        stop.set()
        await serving
        return _time(sorted(times)[POLLS // 2])

    def _status(self, *options: str) -> str:
        program = str(Path(sys.executable).with_name("batchbell"))
        times = []
        for _ in range(POLLS):
            started = time.perf_counter()
            subprocess.run(  # noqa: S603  (our own program, arguments of this file)
                [program, "--config", str(self._config), "status", *options],
                check=True,
                stdout=subprocess.DEVNULL,
                env=os.environ,
            )
            times.append((time.perf_counter() - started) * 1000)
        return _time(min(times))


async def _watch_the_loop(reading: _Reading) -> None:
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(LOOK_SECONDS)
        late = (time.perf_counter() - asked - LOOK_SECONDS) * 1000
        reading.longest_block = max(reading.longest_block, late)


def _median(readings: list[_Reading]) -> _Reading:
    return sorted(readings, key=lambda reading: reading.took)[len(readings) // 2]


def _first_byte(url: str) -> None:
    with urllib.request.urlopen(url) as answer:  # noqa: S310  (our own address)
        answer.read(1)


def _memory(name: str) -> int:
    """Return a figure of this process's memory, bytes; Linux alone tells."""
    words = Path("/proc/self/status").read_text().split()
    return int(words[words.index(f"{name}:") + 1]) * 1024


def _time(milliseconds: float) -> str:
    return f"{milliseconds:,.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:,.1f} s"  # noqa: PLR2004


def _bytes(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB" if count >= 2**20 else f"{count / 2**10:,.0f} KiB"
