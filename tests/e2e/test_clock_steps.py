"""A wall clock that jumps by hours, while the daemon runs and while it doesn't."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import BATCHBELL, RunningDaemon, config, json_url
from tests.e2e.messages import told_by_http
from tests.e2e.waiting import wait_until
from tests.notify_socket import NotifySocket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator

STEP_SECONDS = 2 * 3600
INTERVAL_SECONDS = 1.0
#: The wall clock in steps, of which the first is none.
OFFSETS = (0, 1, 0, -1, 0, 1, 2, 1, 0, -1, -2)
#: What a busy machine may add to a wait, seconds.
BUSY_SECONDS = 1.0
SHIM = Path(__file__).with_name("stepped_clock.c")


class SteppedClock:
    """The wall clock of the processes that are started under it."""

    def __init__(self, folder: Path) -> None:
        """Compile the shim."""
        compiler = shutil.which("gcc")
        if compiler is None or sys.platform != "linux":
            pytest.skip("a stepped wall clock needs gcc and Linux")
        library = folder / "stepped_clock.so"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SHIM], check=True)
        self._file = folder / "wall_clock_offset"
        self._file.touch()
        self.step_to(0)
        #: Put before a command it gives the command this clock.
        self.prefix = ("env", f"LD_PRELOAD={library}", f"WALL_CLOCK_OFFSET={self._file}")

    def step_to(self, seconds: int) -> None:
        """Put the wall clock so far ahead of the real one."""
        with self._file.open("r+b") as file:
            file.write(struct.pack("l", seconds))

    def seen_by(self, program: str) -> str:
        """Return what a Python program prints under this clock."""
        command = [*self.prefix, sys.executable, "-c", program]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def wall_clock(tmp_path: Path) -> SteppedClock:
    return SteppedClock(tmp_path)


@pytest.fixture
def jobs(api: ThreadedSimulator) -> list[str]:
    """Running jobs that a clock two hours ahead would call stalled, and close to the deadline."""
    deadline = api.clock.now() + timedelta(hours=7)
    return [api.add_job(progress=50, job_deadline=deadline) for _ in range(11)]


@pytest.fixture
def bell(
    tmp_path: Path,
    api: ThreadedSimulator,
    hook: HttpReceiver,
    wall_clock: SteppedClock,
    jobs: list[str],
    new_place: Callable[[], str],
) -> Iterator[RunningDaemon]:
    """A daemon that knows these jobs."""
    assert jobs
    # Patient enough not to take the restarts for gaps.
    settings = config(api.base_url, {"hook": json_url(hook)}, account={"request_timeout": "20s"})
    program = [*wall_clock.prefix, *BATCHBELL]
    with RunningDaemon(tmp_path, settings, url=new_place(), program=program) as bell:
        yield bell.wait_for_baseline()


def test_the_shim_shifts_the_wall_clock_alone(wall_clock: SteppedClock) -> None:
    program = "import time; print(int(time.time()), int(time.monotonic()))"
    real_wall, real_monotonic = map(int, wall_clock.seen_by(program).split())
    wall_clock.step_to(-STEP_SECONDS)
    wall, monotonic = map(int, wall_clock.seen_by(program).split())
    assert wall == pytest.approx(real_wall - STEP_SECONDS, abs=20)
    assert monotonic == pytest.approx(real_monotonic, abs=20)


@pytest.mark.long
def test_ten_jumps_while_it_runs_cause_nothing_and_cost_nothing(
    api: ThreadedSimulator,
    hook: HttpReceiver,
    wall_clock: SteppedClock,
    bell: RunningDaemon,
    jobs: list[str],
) -> None:
    def step_and_end(offset: int, job_id: str) -> float:
        polls = len(api.requests)
        wall_clock.step_to(offset * STEP_SECONDS)
        stepped_at = api.clock.now()
        api.update_job(job_id, status="COMPLETED", progress=100)
        wait_until(lambda: len(api.requests) > polls, "the next poll")
        hook.wait_for(lambda got: job_id in [entry.job for entry in told_by_http(got)])
        return (api.requests[polls].received_at - stepped_at).total_seconds()

    waited: dict[bool, list[float]] = {True: [], False: []}
    for (before, offset), job_id in zip(pairwise(OFFSETS), jobs, strict=False):
        waited[offset > before].append(step_and_end(offset, job_id))
    for waits in waited.values():
        # A busy machine may be late with one or the other.
        assert min(waits) < 2 * INTERVAL_SECONDS + BUSY_SECONDS

    assert [entry.key for entry in told_by_http(hook.requests)] == [
        (job_id, "COMPLETED") for job_id in jobs[:10]
    ]
    assert told_but_verdicts(bell) == ["account.watching", *["batch.completed"] * 10]
    assert bell.told().count("batch.results") == 10
    assert bell.value("SELECT count(*) FROM gaps") == 0
    # Known and shown, but said only when it goes wrong, not with every poll.
    assert bell.value("SELECT skew_seconds FROM accounts") == pytest.approx(
        -2 * STEP_SECONDS, abs=5
    )
    assert len([line for line in bell.logs() if "clock is off" in line["message"]]) == 4


def told_but_verdicts(bell: RunningDaemon) -> list[str]:
    """Return the kinds of all events so far but those of what came back, which follow an end."""
    return [kind for kind in bell.told() if kind != "batch.results"]


def test_the_watchdog_is_fed_through_every_jump(
    tmp_path: Path,
    api: ThreadedSimulator,
    wall_clock: SteppedClock,
    monkeypatch: pytest.MonkeyPatch,
    new_place: Callable[[], str],
) -> None:
    program = [*wall_clock.prefix, *BATCHBELL]
    with NotifySocket(tmp_path / "notify") as notify:
        monkeypatch.setenv("NOTIFY_SOCKET", notify.address)
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        settings = config(api.base_url)
        with RunningDaemon(tmp_path, settings, url=new_place(), program=program) as bell:
            bell.wait_for_baseline()
            for offset in [1, 0, -1, 0]:
                wall_clock.step_to(offset * STEP_SECONDS)
                fed, polls = notify.fed(), len(api.requests)
                wait_until(lambda: notify.fed() >= fed + 3 and len(api.requests) > polls)  # noqa: B023 - waited for here
            assert "the watchdog" not in bell.log_text()


def test_a_restart_under_a_wrong_clock_tells_nothing_twice_and_loses_nothing(
    api: ThreadedSimulator,
    hook: HttpReceiver,
    wall_clock: SteppedClock,
    bell: RunningDaemon,
    jobs: list[str],
) -> None:
    api.update_job(jobs[0], status="COMPLETED", progress=100)
    hook.wait_for(lambda got: len(told_by_http(got)) == 1)
    bell.wait_until_delivered()  # a kill in between would repeat it, rightly
    bell.kill()
    wall_clock.step_to(STEP_SECONDS)
    api.update_job(jobs[1], status="FAILED")
    bell.start()
    hook.wait_for(lambda got: len(told_by_http(got)) == 2)
    bell.wait_until_delivered()
    bell.kill()
    wall_clock.step_to(-STEP_SECONDS)
    api.update_job(jobs[2], status="EXPIRED")
    bell.start()
    hook.wait_for(lambda got: len(told_by_http(got)) == 3)
    bell.wait_for_polls()

    assert [entry.key for entry in told_by_http(hook.requests)] == [
        (jobs[0], "COMPLETED"),
        (jobs[1], "FAILED"),
        (jobs[2], "EXPIRED"),
    ]
    ends = ["batch.completed", "batch.failed", "batch.expired"]
    assert told_but_verdicts(bell) == ["account.watching", *ends]
