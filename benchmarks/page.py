# ruff: noqa: INP001, T201  (a script outside the package, which prints what it measured)
"""Measure how soon the status page answers when it has many jobs to choose from.

Run it with the project's own Python: `.venv/bin/python benchmarks/page.py [JOBS] [RUNNING]`.

The database is a real file, the server the daemon's own, in a process of its own and over a real
socket. What is timed is a request until the first byte of its answer, on a connection of its own;
of several, the median and the slowest: while nobody commits, so that what the database answered is
remembered, and of the first reader after a poll. `/healthz` beside it tells what the machine takes
for less.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import platform
import random
import statistics
import sys
import tempfile
import time
import urllib.request
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, literal, select

from batchbell.clock import boot_seconds
from batchbell.core.diff import diff
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.gauges import Condition
from batchbell.core.job import BatchJob
from batchbell.core.listing import Listing
from batchbell.core.routing import Filter
from batchbell.core.snapshot import Snapshot
from batchbell.observability.metrics import Metrics
from batchbell.runtime.liveness import Liveness
from batchbell.store import accounts, channels, jobs, schema
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.store.tables import attempts, notifications, progress_samples
from batchbell.store.upsert import insert
from batchbell.usecases.announce import announce
from batchbell.web.access import Access
from batchbell.web.app import create_app
from batchbell.web.server import StatusServer
from batchbell.web.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.connection import Connection

    from batchbell.store.database import Transaction

JOBS, RUNNING = 10_000, 300
#: How often the progress of a running job was seen to move.
MOVES = 120
REQUESTS = 30
#: First readers after a commit each.
COMMITS = 20
ACCOUNT = "default"
#: Of so many deliveries one was given up.
DEAD_EACH = 50
MODELS = tuple(f"org/Model-{number}B-Instruct" for number in (3, 8, 32, 70, 405))
PAGES = {
    "overview": "/",
    "... the last page of finished jobs": "/?finished=9999",
    "... one model, by progress": f"/?model={MODELS[0]}&sort=progress",
    "... a text": "/?text=Model-70B",
    "events": "/events",
    "... failures": "/events?severity=failure",
    "deliveries": "/deliveries",
    "... half-way back": "/deliveries?before={half}",
    "channels": "/channels",
    "about": "/about",
    "/feed.atom": "/feed.atom",
    "/deadlines.ics": "/deadlines.ics",
    "/healthz, for comparison": "/healthz",
}


def main() -> None:
    """Fill a database, serve it, ask it, print a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else JOBS
    running = int(sys.argv[2]) if len(sys.argv) > 2 else RUNNING  # noqa: PLR2004
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, ", end="")
    print(f"{platform.system()} {platform.machine()}; {count:,} jobs, {running:,} running\n")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bell.db"
        database = SqliteDatabase(url)
        found, half = fill(database, count, running)
        # A forked process would close its connections, and with them the locks of its own.
        database.close()
        ours, theirs = multiprocessing.Pipe()
        serving = multiprocessing.Process(target=_serve, args=(url, theirs))
        serving.start()
        site: str = ours.recv().rstrip("/")
        pages = {**PAGES, "a job's page": f"/jobs/{ACCOUNT}/{found[0].id}"}
        measure(database, {name: site + path.format(half=half) for name, path in pages.items()})
        database.close()
        ours.send("stop")
        serving.join()


def measure(database: SqliteDatabase, pages: Mapping[str, str]) -> None:
    """Print how soon pages of these addresses come, while nobody commits and after each commit."""
    print("| page | first byte, median | slowest | after a commit, median | slowest |")
    print("|---|---:|---:|---:|---:|")
    for name, address in pages.items():
        _first_byte(address)
        times = [_first_byte(address) for _ in range(REQUESTS)]
        after = [_after_a_commit(database, address) for _ in range(COMMITS)]
        columns = (statistics.median(times), max(times), statistics.median(after), max(after))
        print(f"| {name} | " + " | ".join(f"{each:.0f} ms" for each in columns) + " |")


def _after_a_commit(database: SqliteDatabase, address: str) -> float:
    """Write what a poll writes that finds no news; return what its first reader waits for."""
    now = datetime.now(UTC)
    with database.write() as connection:
        state = accounts.load(connection, ACCOUNT)
        known = jobs.load_unfinished(connection, ACCOUNT, last_good_poll_at=state.last_good_poll_at)
        seen = [replace(record, last_seen_at=now) for record in known.records.values()]
        jobs.save(connection, ACCOUNT, seen)
        accounts.save(connection, replace(state, last_poll_at=now, last_good_poll_at=now))
    return _first_byte(address)


def fill(database: SqliteDatabase, count: int, running: int) -> tuple[list[BatchJob], int]:
    """Fill the database as polls do; return its jobs, and the id of a delivery half-way."""
    schema.upgrade(database)
    chance = random.Random(1)  # noqa: S311 (no secret is drawn)
    now = datetime.now(UTC)
    found = [_job(chance, now, is_running=number < running) for number in range(count)]
    ids = frozenset(job.id for job in found)
    seen = Listing(jobs=tuple(found), ids=ids, requested_at=now)
    began = now - timedelta(days=30)
    blank = Snapshot(account=ACCOUNT, last_good_poll_at=began)
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, ACCOUNT))
        decision = diff(blank, seen, now)
        jobs.save(connection, ACCOUNT, decision.records)
        state = accounts.load(connection, ACCOUNT)
        accounts.save(connection, replace(state, last_poll_at=now, last_good_poll_at=now))
        samples = [
            {
                "account": ACCOUNT,
                "job": job.id,
                "at": now - timedelta(minutes=MOVES - move),
                "progress": (job.progress or 0.0) * move / MOVES,
            }
            for job in found[:running]
            for move in range(1, MOVES)
        ]
        connection.execute(insert(connection, progress_samples), samples)
        return found, _tell(connection, found, now)


def _tell(connection: Transaction, found: list[BatchJob], now: datetime) -> int:
    """Tell channels of each job, a message each; return the id of a delivery half-way."""
    filters = [Filter(channel="team"), Filter(channel="oncall", min_severity=Severity.FAILURE)]
    for job in found:
        kind = EventKind.FAILED if job.status == "FAILED" else EventKind.COMPLETED
        event = Event(
            kind=kind,
            account=ACCOUNT,
            job_id=job.id,
            qualifier=f"end:{job.status}",
            happened_at=now,
            seen_at=now,
            job=job,
        )
        announce(connection, [event], filters, now)
    channels.configure(connection, [each.channel for each in filters])
    every = notifications.c.id
    ended = {"state": "sent", "attempts": 1, "ended_at": now}
    connection.execute(notifications.update().values(**ended))
    connection.execute(
        notifications.update().where(every % DEAD_EACH == 0).values(state="dead", reason="refused")
    )
    tried = select(every, literal(0).label("at"), literal(0.2), every % DEAD_EACH != 0, literal(""))
    names = ["notification_id", "started_at", "duration_seconds", "delivered", "reason"]
    connection.execute(attempts.insert().from_select(names, tried))
    connection.execute(attempts.update().values(started_at=now))
    half: int = connection.execute(select(func.max(every) // 2)).scalar_one()
    return half


def _job(chance: random.Random, now: datetime, *, is_running: bool) -> BatchJob:
    created = now - timedelta(hours=chance.uniform(2, 20) if is_running else chance.uniform(2, 700))
    status = "COMPLETED" if chance.random() < 0.95 else "FAILED"  # noqa: PLR2004
    return BatchJob(
        id=str(uuid.UUID(int=chance.getrandbits(128))),
        status="IN_PROGRESS" if is_running else status,
        progress=chance.random() if is_running else 1.0,
        model_id=chance.choice(MODELS),
        endpoint="/v1/chat/completions",
        input_file_id=f"file-{chance.getrandbits(64):x}",
        output_file_id=None if is_running else f"file-{chance.getrandbits(64):x}",
        created_at=created,
        completed_at=None if is_running else created + timedelta(hours=1.5),
        job_deadline=created + timedelta(hours=24),
    )


def _serve(url: str, connection: Connection) -> None:
    asyncio.run(_serving(SqliteDatabase(url), connection))


async def _serving(database: SqliteDatabase, connection: Connection) -> None:
    stop = asyncio.Event()
    server = page_server(database, stop)
    serving = asyncio.create_task(server.serve())
    connection.send(server.url)
    await asyncio.to_thread(connection.recv)
    stop.set()
    await serving


def page_server(database: SqliteDatabase, stop: asyncio.Event) -> StatusServer:
    """Return the daemon's own server of this database's page, bound to a port."""
    app = create_app(
        database=database,
        liveness=Liveness(boot_seconds),
        metrics=Metrics(),
        condition=Condition,
        now=lambda: datetime.now(UTC),
        watching=lambda: Watching(accounts=(ACCOUNT,)),
        stop=stop,
        access=Access,
    )
    server = StatusServer(lambda: app, "127.0.0.1:0", stop)
    server.bind()
    return server


def _first_byte(url: str) -> float:
    """Return how long the first byte of an answer took, milliseconds."""
    started = time.perf_counter()
    with urllib.request.urlopen(url) as answer:  # noqa: S310  (our own address)
        answer.read(1)
        took = (time.perf_counter() - started) * 1000
        answer.read()
    return took


if __name__ == "__main__":
    main()
