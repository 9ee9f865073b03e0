# ruff: noqa: INP001, T201  (a script outside the package, which prints what it measured)
"""Measure what readers of the page take from polls: 50 requests of the overview a second, or none.

Run it with the project's own Python: `.venv/bin/python -m benchmarks.readers [JOBS] [RUNNING]`.

One process polls and serves, on one event loop as the daemon does, another one reads over real
sockets. The listing is in memory, as bytes that are read as the daemon reads them; 50 running jobs
move each time. Polls without and with readers take turns, so that both meet the same machine.
"""

from __future__ import annotations

import asyncio
import json
import logging
import multiprocessing
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batchbell.clock import Clock
from batchbell.core.rules import Rules
from batchbell.providers.together.known_listing import KnownListing
from batchbell.providers.together.listing import ListingReader, RereadError
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.usecases.poll import AccountPoll
from benchmarks.page import ACCOUNT, JOBS, RUNNING, fill, page_server
from tests.fakes import FakeApi
from tests.json_api import row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

    from batchbell.core.job import BatchJob
    from batchbell.providers.together.reading import Reading

#: Requests a second, and readers that may wait for an answer.
RATE, READERS = 50, 40
#: Polls of each turn, how often they begin, seconds, and turns.
POLLS, INTERVAL, TURNS = 8, 0.5, 2
MOVING = 50
#: Bytes that come at once.
_PIECE = 65_536
_MILLISECONDS = 1e3


def main() -> None:
    """Fill a database, poll and serve it, read its page, print a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else JOBS
    running = int(sys.argv[2]) if len(sys.argv) > 2 else RUNNING  # noqa: PLR2004
    machine = f"{platform.system()} {platform.machine()}, load {os.getloadavg()[0]:.1f} before"
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {machine}")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bell.db"
        database = SqliteDatabase(url)
        found, _ = fill(database, count, running)
        # A forked process would close its connections, and with them the locks of its own.
        database.close()
        ours, theirs = multiprocessing.Pipe()
        bell = multiprocessing.Process(target=_bell, args=(url, found, theirs))
        bell.start()
        site: str = ours.recv()
        alone: list[float] = []
        beside: list[float] = []
        readers = _Readers(site)
        for _ in range(TURNS):
            alone += _polls(ours)
            with readers:
                beside += _polls(ours)
        ours.send(0)
        bell.join()
    print(f"{count:,} jobs, {running:,} running, {POLLS * TURNS} polls each\n")
    print("| poll | median | slowest |\n|---|---:|---:|")
    print(f"| nobody reads | {statistics.median(alone):.0f} ms | {max(alone):.0f} ms |")
    print(
        f"| {RATE} requests a second | {statistics.median(beside):.0f} ms | {max(beside):.0f} ms |"
    )
    print(f"\n{readers.summary()}")


def _polls(connection: Connection) -> Sequence[float]:
    connection.send(POLLS)
    took: Sequence[float] = connection.recv()
    return took


class _Readers:
    """Ask for the overview at a steady rate, whether or not they are answered in time."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._took: list[float] = []
        self._refused = 0
        self._stop = threading.Event()

    def __enter__(self) -> None:
        self._stop.clear()
        self._asking = threading.Thread(target=self._ask)
        self._asking.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._asking.join()

    def summary(self) -> str:
        """Return how they fared."""
        median = statistics.median(self._took) if self._took else 0.0
        answered = f"{len(self._took)} requests answered, median {median:.0f} ms"
        return f"{answered}; {self._refused} told to come back"

    def _ask(self) -> None:
        with ThreadPoolExecutor(READERS) as several:
            began = time.perf_counter()
            for number in range(sys.maxsize):
                due = began + number / RATE - time.perf_counter()
                if self._stop.wait(max(due, 0.0)):
                    return
                several.submit(self._read)

    def _read(self) -> None:
        if self._stop.is_set():
            return
        asked = time.perf_counter()
        try:
            with urllib.request.urlopen(self._site) as answer:  # noqa: S310 (our own address)
                answer.read()
        except urllib.error.HTTPError:
            self._refused += 1
        else:
            self._took.append((time.perf_counter() - asked) * _MILLISECONDS)


def _bell(url: str, found: list[BatchJob], connection: Connection) -> None:
    logging.disable()
    asyncio.run(_polling(SqliteDatabase(url), found, connection))


class _Api(FakeApi):
    """Has a listing ready, so that it costs nothing to make."""

    body = b"[]"

    def prepare(self) -> None:
        """Write the listing of the jobs as they are."""
        self.body = json.dumps([row(job) for job in self.jobs]).encode()

    async def fetch_listing(self, known: object | None = None) -> Reading:  # type: ignore[override]  # more than a listing
        """Return the listing."""
        try:
            return self._read(known if isinstance(known, KnownListing) else None)
        except RereadError:
            return self._read(None)

    def _read(self, known: KnownListing | None) -> Reading:
        reader = ListingReader(known)
        for start in range(0, len(self.body), _PIECE):
            reader.feed(self.body[start : start + _PIECE])
        return reader.close()


async def _polling(database: SqliteDatabase, found: list[BatchJob], connection: Connection) -> None:
    stop = asyncio.Event()
    server = page_server(database, stop)
    serving = asyncio.create_task(server.serve())
    api = _Api(jobs=found)
    api.prepare()
    poll = AccountPoll(
        ACCOUNT, client=api, database=database, clock=Clock(), filters=list, rules=Rules()
    )
    await poll.poll()
    connection.send(server.url)
    while count := await asyncio.to_thread(connection.recv):
        connection.send([await _one_poll(poll, api) for _ in range(count)])
    stop.set()
    await serving


async def _one_poll(poll: AccountPoll, api: _Api) -> float:
    api.jobs = [*map(_moved, api.jobs[:MOVING]), *api.jobs[MOVING:]]
    api.prepare()
    began = time.perf_counter()
    await poll.poll()
    took = time.perf_counter() - began
    await asyncio.sleep(max(INTERVAL - took, 0.0))
    return took * _MILLISECONDS


def _moved(job: BatchJob) -> BatchJob:
    return replace(job, progress=min((job.progress or 0.0) + 0.0005, 1.0))


if __name__ == "__main__":
    main()
