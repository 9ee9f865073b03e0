# ruff: noqa: INP001, T201  (a script outside the package, which prints what it measured)
"""Measure what batchbell costs with 0 to 100,000 jobs, and print it as a Markdown table.

Run it with the project's own Python: `.venv/bin/python -m benchmarks.scale [JOBS...]`. The
simulated API is this process; each number of jobs is measured in a process of its own
(`watcher.py`), which polls it over HTTP on 127.0.0.1. Takes a minute.
"""

from __future__ import annotations

import os
import platform
import random
import sys
import tempfile
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.watcher import RUNNING, Measured, measure
from tests.simulator.thread import running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from tests.simulator.thread import ThreadedSimulator

USUAL_SIZES = (0, 1, 1_000, 10_000, 100_000)
#: What the input of a job is long, bytes.
INPUT_BYTES = 2_237_747
#: Obviously fake; the simulator takes any.
API_KEY = "fake-key-of-the-benchmarks"

CONFIG = """\
database_url = "sqlite:///{folder}/bell.db"
log_level = "error"
[accounts.default]
api_key = "{api_key}"
base_url = "{base_url}"
[channels.team]
url = "json://127.0.0.1:9"
# Else each message about an end waits for what its files say.
[results]
collect = "off"
"""


def main() -> None:
    """Measure every size and print the table."""
    sizes = [int(text) for text in sys.argv[1:]] or USUAL_SIZES
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {_machine()}\n")
    rows = [_measured(size) for size in sizes]
    print(f"| jobs | {' | '.join(f'{size:,}' for size in sizes)} |")
    print(f"|---|{'---:|' * len(sizes)}")
    for name in rows[0]:
        print(f"| {name} | {' | '.join(row.get(name, '') for row in rows)} |")


def _measured(size: int) -> Measured:
    """Watch an account of that many jobs in a process of its own."""
    with running_simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        account = SimulatedAccount(simulator, size)
        config = Path(folder) / "batchbell.toml"
        config.write_text(
            CONFIG.format(folder=folder, api_key=API_KEY, base_url=simulator.base_url)
        )
        config.chmod(0o600)
        with _watcher(config) as connection:
            while isinstance(asked := connection.recv(), str):
                getattr(account, asked)()
                account.warm_up()
                connection.send(None)
    measured: Measured = asked
    return measured


@contextmanager
def _watcher(config: Path) -> Iterator[Connection]:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=measure, args=(theirs, config))
    process.start()
    # of a process that died the pipe's other end must be closed for us to notice
    theirs.close()
    try:
        yield ours
    finally:
        process.join()


class SimulatedAccount:
    """The simulated account, and what the watcher asks to happen to it; mostly finished jobs."""

    def __init__(self, simulator: ThreadedSimulator, size: int) -> None:
        self._simulator = simulator
        self._random = random.Random(size)  # noqa: S311  (repeatable, no secret)
        self._ending: list[str] = []
        running = min(size, RUNNING)
        self._finished = [self._add("COMPLETED") for _ in range(size - running)]
        self._running = [self._add("IN_PROGRESS") for _ in range(running)]
        self.warm_up()

    def move(self) -> None:
        """Let the running jobs make progress."""
        for job_id in self._running:
            self._simulator.update_job(job_id, progress=self._random.uniform(1, 99))

    def change(self) -> None:
        """Change 1 % of the finished jobs: their error file comes late."""
        for job_id in self._random.sample(self._finished, len(self._finished) // 100):
            self._simulator.update_job(job_id, error_file_id=f"file-{self._random.random()}")

    def begin(self) -> None:
        """Add 500 running jobs."""
        self._ending = [self._add("IN_PROGRESS") for _ in range(500)]

    def end(self) -> None:
        """Let these jobs end, all at once."""
        for job_id in self._ending:
            self._simulator.update_job(job_id, status="COMPLETED")

    def an_hour_later(self) -> None:
        """Let an hour pass in which nothing happens."""
        self._simulator.clock.advance(timedelta(hours=1))

    def warm_up(self) -> None:
        """Let the simulator render its listing now, so that its own work is not measured."""
        request = urllib.request.Request(  # noqa: S310  (our own address)
            f"{self._simulator.base_url}/batches",
            headers={"Authorization": f"Bearer {API_KEY}", "Accept-Encoding": "gzip"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310  (the same)
            answer.read()

    def _add(self, status: str) -> str:
        now = self._simulator.clock.now()
        created_at = now - timedelta(hours=self._random.uniform(0, 10))
        fields: dict[str, object] = {"progress": 1.0}
        if status == "COMPLETED":
            created_at -= timedelta(days=self._random.uniform(2, 90))
            fields = {"completed_at": created_at + timedelta(hours=3)}
        return self._simulator.add_job(
            status=status, created_at=created_at, file_size_bytes=INPUT_BYTES, **fields
        )


def _machine() -> str:
    load = os.getloadavg()[0]
    cores = os.cpu_count()
    return f"{platform.system()} {platform.machine()}, {cores} cores, load {load:.1f} before"


if __name__ == "__main__":
    main()
