# ruff: noqa: INP001, T201  (a script outside the package, which prints what it measured)
"""Compare what two revisions cost, in rounds that take turns, as a Markdown table.

Run it with the project's own Python: `.venv/bin/python -m benchmarks.revisions BEFORE AFTER
[ROUNDS]`. Both are checkouts with a `.venv` of their own, made by `make .venv/.stamp` in each. The
simulated API is this process; all that is measured are processes of a checkout: their processor
time, and the memory of a daemon that has settled. Each figure is the median of all rounds: what
else the machine does meets both alike, so the ratio says more than the figures.
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
from collections import defaultdict
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.scale import API_KEY, CONFIG, SimulatedAccount
from tests.e2e.waiting import wait_until
from tests.simulator.thread import running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.simulator.thread import ThreadedSimulator

ROUNDS = 5
#: Runs of a command in a round.
RUNS = 5
#: Jobs of the database that `status` reads.
SMALL = 50
#: Jobs of the accounts that are polled, none of which moves.
SIZES = (1_000, 20_000)
#: Polls that are passed over after a start, and that are measured then.
SETTLING, POLLS = 8, 10
#: How long polls are waited for: the machine may be busy.
PATIENCE_SECONDS = 600.0
#: What an idle daemon gets to settle in, seconds.
IDLE_SECONDS = 25.0

Figures = dict[str, list[float]]


def main() -> None:
    """Measure and print a table."""
    before, after = (Path(text).resolve() for text in sys.argv[1:3])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else ROUNDS  # noqa: PLR2004 (an optional one)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    taken: dict[Path, Figures] = {each: defaultdict(list) for each in (before, after)}
    for checkout in taken:
        compileall.compile_dir(checkout / "daemon", quiet=2)
    print(f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {_machine()}\n")
    for number in range(rounds):
        for checkout in (before, after) if number % 2 else (after, before):
            _measure(checkout, taken[checkout])
    print(f"| medians of {rounds} rounds | before | after | ratio |")
    print("|---|---:|---:|---:|")
    for name in taken[before]:
        old, new = (statistics.median(taken[each][name]) for each in (before, after))
        print(f"| {name} | {old:.0f} | {new:.0f} | {new / old:.2f} |")


def _measure(checkout: Path, figures: Figures) -> None:
    bell = str(checkout / ".venv/bin/batchbell")
    with _watched(bell, SMALL, "1h") as (config, _):
        for name, command in (
            ("`--help`, ms of processor", [bell, "--help"]),
            (f"`status` of {SMALL} jobs, ms of processor", [bell, "--config", config, "status"]),
        ):
            figures[name] += [_cpu_of(command) for _ in range(RUNS + 1)][1:]
        with _daemon(bell, config) as pid:
            time.sleep(IDLE_SECONDS)
            figures["idle daemon, MB"].append(_memory_mb(pid))
    for size in SIZES:
        with _watched(bell, size, "1s") as (config, api), _daemon(bell, config) as pid:
            _wait_for(api, SETTLING)
            began = _cpu_ms(pid)
            polls = _wait_for(api, POLLS)
            name = f"a poll of {size:,} jobs, ms of processor"
            figures[name].append((_cpu_ms(pid) - began) / polls)


@contextmanager
def _watched(bell: str, size: int, interval: str) -> Iterator[tuple[str, ThreadedSimulator]]:
    """Make an account and a database that knows it; yield the configuration and the API."""
    with running_simulator() as api, tempfile.TemporaryDirectory() as folder:
        SimulatedAccount(api, size)
        file = Path(folder) / "batchbell.toml"
        text = CONFIG.format(folder=folder, api_key=API_KEY, base_url=api.base_url)
        file.write_text(text.replace("api_key", f'poll_interval = "{interval}"\napi_key', 1))
        file.chmod(0o600)
        _cpu_of([bell, "--config", str(file), "poll"])
        yield str(file), api


@contextmanager
def _daemon(bell: str, config: str) -> Iterator[int]:
    """Run a daemon; yield its process id."""
    process = subprocess.Popen([bell, "--config", config, "run"])  # noqa: S603 (our own)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _wait_for(api: ThreadedSimulator, polls: int) -> int:
    """Wait until so many more polls came; return how many did."""
    known = _listings(api)
    wait_until(lambda: _listings(api) >= known + polls, f"{polls} polls", within=PATIENCE_SECONDS)
    return _listings(api) - known


def _listings(api: ThreadedSimulator) -> int:
    """Return how often jobs were listed; daemons ask for the names of files too."""
    return sum(request.path.endswith("/batches") for request in api.requests)


def _cpu_of(command: Sequence[str]) -> float:
    """Run a command; return its processor time, ms."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 (our own)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} failed")
    return (usage.ru_utime + usage.ru_stime) * 1e3


def _cpu_ms(pid: int) -> float:
    """Return the processor time of a process so far. Source: proc(5). Linux alone tells."""
    # The name, in brackets, may hold spaces.
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK") * 1e3


def _memory_mb(pid: int) -> float:
    words = Path(f"/proc/{pid}/status").read_text().split()
    return int(words[words.index("VmRSS:") + 1]) * 1024 / 1e6


def _machine() -> str:
    load = os.getloadavg()[0]
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, load {load:.1f}"


if __name__ == "__main__":
    main()
