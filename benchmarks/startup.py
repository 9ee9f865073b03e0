# ruff: noqa: INP001, T201  (a script outside the package, which prints what it measured)
"""Measure how long whole processes of `batchbell` take: medians, with the machine they ran on.

Run it with the project's own Python: `.venv/bin/python -m benchmarks.startup [RUNS]`. Bytecode is
compiled first, and each command runs once unmeasured, so that files are in the system's cache.
Processor time says more than time where the machine is busy with other things. A daemon's start is
compared with a process that imports three of its libraries and ends.
"""

from __future__ import annotations

import compileall
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord
from batchbell.store import accounts, jobs, schema
from batchbell.store.sqlite.database import SqliteDatabase
from tests.e2e.harness import RunningDaemon, config
from tests.simulator.thread import running_simulator

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[1]
USUAL_RUNS = 15
#: What the commands have to stay below, milliseconds and MB.
HELP_LIMIT_MS = 150
STATUS_LIMIT_MS = 400
JSON_LIMIT_MS, JSON_LIMIT_MB = 3_000, 150
#: A start may take so many times the three libraries: until it polls, and until it has recorded.
POLL_LIMIT, RECORD_LIMIT = 2.0, 2.5
LIBRARIES = "import httpx, sqlalchemy, apscheduler"
#: Starts a command from a small process: the kernel counts what that one had as the command's own.
_MEASURE = """
import resource, subprocess, sys, time
started = time.perf_counter()
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
took = time.perf_counter() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(took, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
#: Jobs that a daemon that starts lists and finds in its database.
JOBS_AT_START = 2_400
RUNNING = 50
#: An installed program has its bytecode; this variable keeps a checkout from having it too.
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True)
class Taken:
    """What one process took."""

    milliseconds: float
    cpu_milliseconds: float
    memory_mb: float


def main() -> None:
    """Measure and print a table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else USUAL_RUNS
    os.environ.pop(_NO_BYTECODE, None)
    compileall.compile_dir(ROOT / "daemon", quiet=2)
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {_machine()}")
    print(f"medians of {runs} runs (least to most), processor time, most memory")
    bell = [str(Path(sys.executable).with_name("batchbell"))]
    _report("--help", [*bell, "--help"], runs, HELP_LIMIT_MS)
    with tempfile.TemporaryDirectory() as name:
        for count in (0, 10_000, 100_000):
            file = _filled(Path(name) / str(count), count)
            status = [*bell, "--config", str(file), "status"]
            _report(f"status, {count:,} jobs", status, runs, STATUS_LIMIT_MS)
            as_json = [*status, "--json"]
            _report(f"status --json, {count:,} jobs", as_json, runs, JSON_LIMIT_MS, JSON_LIMIT_MB)
        _report_starts(Path(name), runs)


def _report(
    name: str, command: Sequence[str], runs: int, limit: int, limit_mb: float | None = None
) -> None:
    taken = [_taken(command) for _ in range(runs + 1)][1:]
    times = [each.milliseconds for each in taken]
    median = statistics.median(times)
    memory = max(each.memory_mb for each in taken)
    is_ok = median < limit and (limit_mb is None or memory < limit_mb)
    limits = f"{limit} ms" + ("" if limit_mb is None else f" and {limit_mb:.0f} MB")
    print(
        f"{name:<28} {median:6.0f} ms ({min(times):.0f} to {max(times):.0f}), "
        f"{statistics.median(each.cpu_milliseconds for each in taken):.0f} ms, {memory:.0f} MB; "
        f"limit {limits}: {'ok' if is_ok else 'MISSED'}",
        flush=True,
    )


def _taken(command: Sequence[str]) -> Taken:
    small = [sys.executable, "-S", "-c", _MEASURE, *command]
    done = subprocess.run(small, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 (our own)
    if done.returncode:
        raise SystemExit(f"{command} failed")
    seconds, cpu_seconds, kib = map(float, done.stdout.split())
    return Taken(seconds * 1e3, cpu_seconds * 1e3, kib * 1024 / 1e6)


def _report_starts(folder: Path, runs: int) -> None:
    """Print how long a daemon takes to its first poll, and until that is recorded."""
    libraries = [_taken([sys.executable, "-c", LIBRARIES]) for _ in range(runs + 1)][1:]
    with running_simulator() as api:
        for number in range(JOBS_AT_START):
            api.add_job(status="IN_PROGRESS" if number < RUNNING else "COMPLETED")
        (folder / "start").mkdir()
        bell = RunningDaemon(folder / "start", config(api.base_url, {}))
        with bell:
            bell.wait_for_baseline()
        starts = []
        for _ in range(runs):
            asked, recorded = len(api.requests), _last_poll(bell)
            started = time.perf_counter()
            bell.start(wait=False)
            while len(api.requests) == asked:
                time.sleep(0.001)
            polled = (time.perf_counter() - started) * 1e3
            while _last_poll(bell) == recorded:
                time.sleep(0.001)
            starts.append((polled, (time.perf_counter() - started) * 1e3))
            bell.kill()
    of_libraries = statistics.median(each.milliseconds for each in libraries)
    for name, place, limit in (("first poll", 0, POLL_LIMIT), ("record", 1, RECORD_LIMIT)):
        median = statistics.median(each[place] for each in starts)
        ratio = median / of_libraries
        print(
            f"start to {name:<19} {median:6.0f} ms, {ratio:.2f} of the libraries' "
            f"{of_libraries:.0f} ms; limit {limit}: {'ok' if ratio <= limit else 'MISSED'}"
        )


def _last_poll(bell: RunningDaemon) -> object:
    return tuple(bell.rows("SELECT last_good_poll_at FROM accounts")[0])


def _machine() -> str:
    load = os.getloadavg()[0]
    cores = os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, load {load:.1f} before"


def _filled(folder: Path, count: int) -> Path:
    """Make a database with jobs that run, or ended a month ago; return a configuration."""
    folder.mkdir()
    now = datetime.now(UTC)
    month = timedelta(days=30)
    database = SqliteDatabase(f"sqlite:///{folder}/bell.db")
    schema.upgrade(database)
    records = [
        JobRecord(
            job=BatchJob(
                id=f"{number:08x}-6e0a-4c0e-8f3e-2a1f0f5f0a11",
                status="IN_PROGRESS" if number < RUNNING else "COMPLETED",
                progress=0.5,
                created_at=now - (timedelta(hours=1) if number < RUNNING else month),
                completed_at=None if number < RUNNING else now - month + timedelta(hours=1),
                job_deadline=now + timedelta(hours=23),
                model_id="meta-llama/Llama-3.3-70B-Instruct-Turbo",
            ),
            first_seen_at=now,
            last_seen_at=now,
            status_since=now,
            progress_since=now,
        )
        for number in range(count)
    ]
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        jobs.save(connection, "default", records)
    file = folder / "batchbell.toml"
    file.write_text(f'database_url = "sqlite:///{folder}/bell.db"\n')
    return file


if __name__ == "__main__":
    main()
