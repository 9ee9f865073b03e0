# ruff: noqa: INP001, T201  (a script, which prints what it measured)
"""Measure how soon a message is there after the poll that has its news, and how fast many go out.

Run it with the project's own Python: `.venv/bin/python -m benchmarks.latency [EVENTS]`. The daemon
is a process of its own, as are its channels, on 127.0.0.1. What is timed is from the last byte of
the API's answer to the arrival of a message, on ten channels; once more with an eleventh whose
receiver never answers; and how fast 500 messages reach one that is a process of its own, too, of
20 events and of one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing import Pipe, get_context
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import update

from batchbell.clock import Clock
from batchbell.config import load
from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.core.routing import EVENTS_PER_MESSAGE, Filter
from batchbell.receivers.notifier import Notifier
from batchbell.runtime.bootstrap import Ports, build_round
from batchbell.store import accounts
from batchbell.store.batches import in_batches
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.store.tables import notifications
from batchbell.usecases.announce import announce
from tests.e2e.harness import RunningDaemon, config
from tests.loopback_receivers import HANG, HttpReceiver
from tests.simulator.thread import running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from batchbell.simulator.answer import ApiAnswer
    from batchbell.simulator.api import ApiRequest
    from tests.simulator.thread import ThreadedSimulator

EVENTS, CHANNELS, MESSAGES = 50, 10, 500
#: What is to be reached, milliseconds, and messages a second.
MEDIAN_MS, SLOW_MS, RATE = 50, 300, 300
CONFIG = """\
database_url = "sqlite:///{folder}/bell.db"
[accounts.default]
api_key = "fake-key-of-the-benchmarks"
[channels.hook]
url = "{url}"
"""


def main() -> None:
    """Measure and print."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    logging.disable()
    machine = f"{platform.system()} {platform.machine()}, load {os.getloadavg()[0]:.1f} before"
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {machine}")
    _report("10 channels", _latencies(events, is_one_hung=False))
    _report("... beside one that hangs", _latencies(events, is_one_hung=True))
    for size, what in ((EVENTS_PER_MESSAGE, f"{EVENTS_PER_MESSAGE} events"), (1, "one event")):
        rate = _rate(size)
        verdict = _ok(rate >= RATE)
        print(f"{MESSAGES} messages of {what}: {rate:.0f}/s, to be {RATE}/s: {verdict}")


def _report(name: str, found: list[float]) -> None:
    median, slow = statistics.median(found), statistics.quantiles(found, n=100)[-1]
    verdict = _ok(median < MEDIAN_MS and slow < SLOW_MS)
    print(
        f"{name}: median {median:.0f} ms, 99 % below {slow:.0f} ms, "
        f"to be {MEDIAN_MS} and {SLOW_MS} ms: {verdict}"
    )


def _ok(is_reached: bool) -> str:  # noqa: FBT001 - a word for it
    return "ok" if is_reached else "MISSED"


def _latencies(events: int, *, is_one_hung: bool) -> list[float]:
    """Return from the answer to each message's arrival, milliseconds."""
    with running_simulator() as api, HttpReceiver() as hook, HttpReceiver(default=HANG) as hung:
        answered = _answers_of(api)
        channels = {f"hook{n}": f"ntfy://{hook.netloc}/bell{n}" for n in range(CHANNELS)}
        if is_one_hung:
            channels["hung"] = f"ntfy://{hung.netloc}/bell"
        job_ids = [api.add_job() for _ in range(events)]
        with (
            tempfile.TemporaryDirectory() as folder,
            RunningDaemon(Path(folder), config(api.base_url, channels)) as bell,
        ):
            bell.wait_for_baseline()
            return [
                took
                for number, job_id in enumerate(job_ids)
                for took in _told_of(api, job_id, hook, answered, before=number * CHANNELS)
            ]


def _told_of(
    api: ThreadedSimulator,
    job_id: str,
    hook: HttpReceiver,
    answered: list[float],
    *,
    before: int,
) -> list[float]:
    """Let a job fail; return from the answer that says so to each message's arrival."""
    api.update_job(job_id, status="FAILED")
    got = hook.wait_for(lambda all_: len(all_) >= before + CHANNELS)[before:]
    at = max(each for each in answered if each <= got[0].at)
    return [(each.at - at) * 1e3 for each in got]


def _answers_of(api: ThreadedSimulator) -> list[float]:
    """Note when the API has answered each request."""
    answered: list[float] = []
    respond = api.respond

    def noted(request: ApiRequest) -> ApiAnswer:
        answer = respond(request)
        answered.append(time.monotonic())
        return answer

    api.respond = noted  # type: ignore[method-assign]  # looked at
    return answered


def _rate(size: int) -> float:
    """Return how many messages of so many events a second reach one server."""
    with tempfile.TemporaryDirectory() as name, _other_process() as server:
        folder = Path(name)
        netloc = server.recv()
        file = folder / "batchbell.toml"
        file.touch(mode=0o600)
        file.write_text(CONFIG.format(folder=folder, url=f"ntfy://{netloc}/bell"))
        loaded = load(file, {}, check_channel=lambda _section: ())
        database = SqliteDatabase(f"sqlite:///{folder}/bell.db")
        database.upgrade(datetime.now(UTC))
        _queue(database, size)
        ports = Ports(database=database, clock=Clock(), sender=Notifier())
        channels = build_round(loaded, ports).channel_workers
        began = time.monotonic()
        asyncio.run(channels.deliver_once(loaded.settings))
        server.send("when did they come?")
        arrived: list[float] = server.recv()
        database.close()
    if len(arrived) != MESSAGES:
        raise SystemExit(f"{len(arrived)} of {MESSAGES} messages arrived")
    return MESSAGES / (arrived[-1] - began)


@contextmanager
def _other_process() -> Iterator[Connection]:
    """Run a receiver that takes no time of this process; yield what it is spoken to by."""
    here, there = Pipe()
    server = get_context("spawn").Process(target=_receive, args=(there,))
    server.start()
    try:
        yield here
    finally:
        server.terminate()
        server.join()


def _receive(asked: Connection) -> None:
    """Say where it listens; once it is asked, when each message came."""
    with HttpReceiver() as hook:
        asked.send(hook.netloc)
        asked.recv()
        asked.send([each.at for each in hook.requests])


def _queue(database: SqliteDatabase, size: int) -> None:
    now = datetime.now(UTC)
    job = BatchJob(id="job", status="FAILED", error="line 3: invalid JSON")
    events = [
        Event(
            kind=EventKind.FAILED,
            account="default",
            job_id=f"job-{number}",
            qualifier="end:FAILED",
            happened_at=now,
            seen_at=now,
            job=replace(job, id=f"job-{number}"),
        )
        for number in range(MESSAGES * size)
    ]
    with database.write() as transaction:
        accounts.save(transaction, accounts.load(transaction, "default"))
        for some in in_batches(events, size):
            announce(transaction, some, [Filter(channel="hook")], now)
        # As if each had failed once: else one of them would take up the others.
        transaction.execute(update(notifications).values(attempts=1))


if __name__ == "__main__":
    main()
