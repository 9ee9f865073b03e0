# ruff: noqa: INP001, T201  (a script outside the package, which prints what it measured)
"""Measure how long whole processes of `batchbell` take: medians, with the machine they ran on.

Run it with the project's own Python: `.venv/bin/python benchmarks/startup.py [RUNS]`. Bytecode is
compiled first, and each command runs once unmeasured, so that files are in the system's cache.
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
from datetime import UTC, datetime, timedelta
from pathlib import Path

from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord
from batchbell.store import accounts, jobs, schema
from batchbell.store.sqlite.database import SqliteDatabase

ROOT = Path(__file__).resolve().parents[1]
USUAL_RUNS = 15
#: What the commands have to stay below, milliseconds.
HELP_LIMIT_MS = 150
STATUS_LIMIT_MS = 400
#: An installed program has its bytecode; this variable keeps a checkout from having it too.
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


def main() -> None:
    """Measure and print a table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else USUAL_RUNS
    compileall.compile_dir(ROOT / "daemon", quiet=2)
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {_machine()}")
    print(f"medians of {runs} runs, fastest and slowest")
    _report("--help", ["--help"], runs, HELP_LIMIT_MS)
    with tempfile.TemporaryDirectory() as folder:
        for count in (0, 1_000):
            config = _filled(Path(folder) / str(count), count)
            arguments = ["--config", str(config), "status"]
            _report(f"status, {count:,} jobs", arguments, runs, STATUS_LIMIT_MS)
            _report(f"status --json, {count:,} jobs", [*arguments, "--json"], runs, STATUS_LIMIT_MS)


def _report(name: str, arguments: list[str], runs: int, limit: int) -> None:
    times = _measured(arguments, runs)
    verdict = "ok" if statistics.median(times) < limit else "TOO SLOW"
    print(
        f"{name:<28} {statistics.median(times):6.0f} ms "
        f"({min(times):.0f} to {max(times):.0f}), limit {limit} ms: {verdict}"
    )


def _measured(arguments: list[str], runs: int) -> list[float]:
    """Return how long each run took, milliseconds."""
    program = str(Path(sys.executable).with_name("batchbell"))
    environ = {name: text for name, text in os.environ.items() if name != _NO_BYTECODE}
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run(  # noqa: S603  (our own program, arguments of this file)
            [program, *arguments], env=environ, check=True, stdout=subprocess.DEVNULL
        )
        times.append((time.perf_counter() - started) * 1000)
    return times[1:]


def _machine() -> str:
    load = os.getloadavg()[0]
    cores = os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, load {load:.1f} before"


def _filled(folder: Path, count: int) -> Path:
    """Make a database with running jobs, the most `status` has to show; return a configuration."""
    folder.mkdir()
    now = datetime.now(UTC)
    database = SqliteDatabase(f"sqlite:///{folder}/bell.db")
    schema.upgrade(database)
    records = [
        JobRecord(
            job=BatchJob(
                id=f"{number:08x}-6e0a-4c0e-8f3e-2a1f0f5f0a11",
                status="IN_PROGRESS",
                progress=0.5,
                created_at=now - timedelta(hours=1),
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
    config = folder / "batchbell.toml"
    config.write_text(f'database_url = "sqlite:///{folder}/bell.db"\n')
    return config


if __name__ == "__main__":
    main()
