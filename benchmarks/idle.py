# ruff: noqa: INP001, T201  (a script, which prints what it measured)
"""Measure what the daemon takes while nothing happens: 30 accounts, polled once a minute.

Run it with the project's own Python: `.venv/bin/python -m benchmarks.idle [MINUTES]`. The daemon is
a process of its own, and so is what is measured of it: processor time, memory, and how often one of
its threads woke up. How often it wakes up beside the polls is seen where they come once an hour.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.e2e.harness import RunningDaemon, config
from tests.loopback_receivers import HttpReceiver
from tests.simulator.thread import running_simulator

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUTES, ACCOUNTS = 10.0, 30
#: After this nothing of a start is left, seconds.
SETTLED_SECONDS = 20.0
#: What is to be reached: percent of a core, wake-ups a minute, MB without and with the page.
CPU_PERCENT, WAKE_UPS, MEMORY_MB, MEMORY_WITH_PAGE_MB = 0.5, 60, 70, 85


@dataclass(frozen=True)
class Taken:
    """What a process has taken so far."""

    cpu_seconds: float
    wake_ups: int
    memory_mb: float


def main() -> None:
    """Measure and print."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    machine = f"{platform.system()} {platform.machine()}, load {os.getloadavg()[0]:.1f} before"
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {machine}")
    polled = _watched("60s", minutes, with_page=False)
    print(f"processor, of a core: {polled.cpu_seconds / minutes / 0.6:.2f} %, to be {CPU_PERCENT}")
    print(f"wake-ups a minute, polls included: {polled.wake_ups / minutes:.0f}")
    alone = _watched("1h", minutes / 2, with_page=False)
    print(f"... beside polls: {alone.wake_ups / minutes * 2:.0f}, to be {WAKE_UPS}")
    print(f"memory: {polled.memory_mb:.0f} MB")
    for with_page, most in ((False, MEMORY_MB), (True, MEMORY_WITH_PAGE_MB)):
        one = _watched("60s", min(minutes, 1.0), with_page=with_page, accounts=1)
        words = "with the page" if with_page else "without the page"
        print(f"... of one account, {words}: {one.memory_mb:.0f} MB, to be {most}")


def _watched(interval: str, minutes: float, *, with_page: bool, accounts: int = ACCOUNTS) -> Taken:
    """Return what a daemon takes in some minutes, and how much memory it has after them."""
    with (
        running_simulator() as api,
        HttpReceiver() as hook,
        tempfile.TemporaryDirectory() as folder,
    ):
        for _ in range(10):
            api.add_job(status="COMPLETED")
        table = config(
            api.base_url,
            {"hook": f"ntfy://{hook.netloc}/bell"},
            account={"poll_interval": interval},
        )
        tables = table["accounts"]
        assert isinstance(tables, dict)  # noqa: S101 - it is
        table["accounts"] = {f"account_{n}": tables["default"] for n in range(accounts)}
        if not with_page:
            table["web"] = {"enabled": False}
        bell = RunningDaemon(Path(folder), table)
        with bell:
            # The first start makes the database, with a library that no later one needs.
            bell.wait_for_baseline()
        with bell:
            time.sleep(SETTLED_SECONDS)
            before = _taken(bell.process.pid)
            time.sleep(minutes * 60)
            after = _taken(bell.process.pid)
    return Taken(
        after.cpu_seconds - before.cpu_seconds,
        after.wake_ups - before.wake_ups,
        after.memory_mb,
    )


def _taken(pid: int) -> Taken:
    """Return what a process has taken so far. Source: proc(5). Linux alone tells."""
    folder = Path(f"/proc/{pid}")
    # The name, in brackets, may hold spaces.
    numbers = (folder / "stat").read_text().rpartition(")")[2].split()
    ticks = int(numbers[11]) + int(numbers[12])
    threads = [(task / "status").read_text().split() for task in (folder / "task").iterdir()]
    return Taken(
        cpu_seconds=ticks / os.sysconf("SC_CLK_TCK"),
        wake_ups=sum(_number(each, "voluntary_ctxt_switches:") for each in threads),
        memory_mb=_number((folder / "status").read_text().split(), "VmRSS:") * 1024 / 1e6,
    )


def _number(words: Sequence[str], name: str) -> int:
    return int(words[words.index(name) + 1])


if __name__ == "__main__":
    main()
