# ruff: noqa: INP001, T201  (a script outside the package, which prints what it measured)
"""Measure what a poll of 2,000 jobs costs beside 93,000 that are kept, and beside none.

Run it with the project's own Python: `.venv/bin/python -m benchmarks.history [KEPT]`. The listing
is in memory, read as the daemon reads it, the database a real file. Processor time, medians; the
first poll of a process looks at every job, the others at what changed.
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
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.clock import Clock
from batchbell.core.job import BatchJob
from batchbell.core.rules import Rules
from batchbell.core.snapshot import JobRecord
from batchbell.store import accounts, jobs, schema
from batchbell.store.sqlite.database import SqliteDatabase
from batchbell.usecases.poll import AccountPoll
from tests.json_api import JsonApi

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTED, RUNNING, KEPT, POLLS = 2_000, 50, 93_000, 15


def main() -> None:
    """Measure and print a table."""
    kept = int(sys.argv[1]) if len(sys.argv) > 1 else KEPT
    logging.disable()
    machine = f"{platform.system()} {platform.machine()}, load {os.getloadavg()[0]:.1f} before"
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {machine}\n")
    print(f"| {LISTED:,} listed | first poll of a process | nothing changed | {RUNNING} move |")
    print("|---|---:|---:|---:|")
    for count in (0, kept):
        with tempfile.TemporaryDirectory() as folder:
            times = asyncio.run(_measured(Path(folder), count))
        cells = " | ".join(f"{each:.0f} ms" for each in times)
        print(f"| {count:,} kept | {cells} |", flush=True)


async def _measured(folder: Path, kept: int) -> list[float]:
    database = SqliteDatabase(f"sqlite:///{folder}/bell.db")
    schema.upgrade(database)
    _fill(database, kept)
    api = JsonApi(jobs=[_job(number) for number in range(LISTED)])
    await _polled(_poll(database, api), 1)
    first = [(await _polled(_poll(database, api), 1))[0] for _ in range(3)]
    poll = _poll(database, api)
    await _polled(poll, 3)
    unchanged = await _polled(poll, POLLS)
    moved: list[float] = []
    for number in range(POLLS):
        api.jobs = [_moved(job, number) for job in api.jobs]
        moved += await _polled(poll, 1)
    database.close()
    return [statistics.median(each) for each in (first, unchanged, moved)]


def _poll(database: SqliteDatabase, api: JsonApi) -> AccountPoll:
    return AccountPoll(
        "default", client=api, database=database, clock=Clock(), filters=list, rules=Rules()
    )


async def _polled(poll: AccountPoll, times: int) -> Sequence[float]:
    took: list[float] = []
    for _ in range(times):
        began = time.process_time()
        await poll.poll()
        took.append((time.process_time() - began) * 1e3)
    return took


def _fill(database: SqliteDatabase, kept: int) -> None:
    """Keep jobs that ended, and that the API lists no longer."""
    now = datetime.now(UTC) - timedelta(days=10)
    record = JobRecord(
        job=_job(LISTED),
        first_seen_at=now,
        last_seen_at=now,
        status_since=now,
        progress_since=now,
        missed_polls=1,
        missing_since=now,
        announced=frozenset({"end:COMPLETED"}),
    )
    with database.write() as transaction:
        accounts.save(transaction, accounts.load(transaction, "default"))
        records = (replace(record, job=_job(LISTED + number)) for number in range(kept))
        jobs.save(transaction, "default", list(records))


def _job(number: int) -> BatchJob:
    job = BatchJob(
        id=f"{number * 2_654_435_761 % 2**32:08x}-6e0a-4c0e-8f3e-2a1f0f5f0a11",
        status="COMPLETED",
        progress=1.0,
        model_id="meta-llama/Llama-3.3-70B-Instruct-Turbo",
        output_file_id=f"file-{number}",
    )
    if number < RUNNING:
        return replace(job, status="IN_PROGRESS", progress=0.1, output_file_id=None)
    return job


def _moved(job: BatchJob, number: int) -> BatchJob:
    return replace(job, progress=0.1 + number / 100) if job.status == "IN_PROGRESS" else job


if __name__ == "__main__":
    main()
