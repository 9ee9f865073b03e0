"""What systemd hears from a real process, through its whole life."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import config, json_url
from tests.e2e.waiting import wait_until
from tests.notify_socket import NotifySocket
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import StartDaemon
    from tests.e2e.harness import RunningDaemon
    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator


@pytest.fixture
def notify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotifySocket]:
    with NotifySocket(tmp_path / "notify") as socket:
        monkeypatch.setenv("NOTIFY_SOCKET", socket.address)
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        yield socket


def test_it_is_told_of_start_reloads_progress_and_end(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, notify: NotifySocket
) -> None:
    good = config(api.base_url, {"hook": json_url(hook)})
    api.add_job(status="IN_PROGRESS")
    bell = start(good, anew=True)
    wait_until(lambda: "default: 1 job, 1 running, polled " in "".join(notify.read()), "status")
    assert bell.wait_for_log("database migrated")
    # Whoever waits for READY finds the page there and the database migrated.
    assert notify.states() == ["READY=1"]
    wait_until(lambda: bell.get("/healthz")[0] == 200, "health")
    assert bell.reload()["message"] == "reloaded"
    wait_until(lambda: notify.states() == ["READY=1", "RELOADING=1", "READY=1"], "a reload")
    assert bell.reload(config("nonsense"))["message"].startswith("reload refused")
    wait_until(lambda: notify.states()[3:] == ["RELOADING=1", "READY=1"], "the other")
    fed = notify.fed()
    wait_until(lambda: notify.fed() >= fed + 3, "the watchdog's food")
    bell.stop()
    assert notify.states()[5:] == ["STOPPING=1"]


def test_a_configuration_that_cant_be_used_is_never_ready(
    start: StartDaemon, notify: NotifySocket
) -> None:
    with pytest.raises(AssertionError, match=r"it ended:\n.*can't be used:\n.*base_url"):
        start(config("nonsense"))
    assert notify.read() == []


def is_at_rest(bell: RunningDaemon) -> bool:
    """Whether all of its threads sleep, and have taken no time between two looks."""

    def looked() -> list[tuple[str, str, str]]:
        tasks = Path(f"/proc/{bell.process.pid}/task").iterdir()
        stats = [(each / "stat").read_text().rpartition(") ")[2].split() for each in tasks]
        return [(stat[0], stat[11], stat[12]) for stat in stats]

    before = looked()
    # A random moment is the point here: nothing is waited for.
    time.sleep(0.1)
    return all(state == "S" for state, *_ in before) and looked() == before


def test_one_that_is_ended_by_the_watchdog_says_where_it_hung(
    api: ThreadedSimulator, start: StartDaemon
) -> None:
    # One that hangs does nothing. Over the stack of a thread that runs the interpreter may crash
    # (seen on 3.11 once in thirty times), as it looks at it without a lock.
    bell = start(config(api.base_url, account={"poll_interval": "1h"})).wait_for_baseline()
    wait_until(lambda: is_at_rest(bell), "an idle daemon")
    bell.send_signal(signal.SIGSTOP)
    bell.send_signal(signal.SIGABRT)
    bell.send_signal(signal.SIGCONT)
    assert bell.process.wait(TIMEOUT_SECONDS) == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in bell.log_text()
    assert "in run_until_complete" in bell.log_text()
