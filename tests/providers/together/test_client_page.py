"""The scripts of docs/client.md run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batchbell import NotFoundError, together
from batchbell.providers.together.client import AsyncClient
from tests.simulator.faults import Reply
from tests.simulator.thread import ThreadedSimulator, running_simulator
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "tgp_fake_key_0123456789"
PAGE = (Path(__file__).parents[3] / "docs" / "client.md").read_text()
FOLLOW, FINISHED, LIST_ALL, CANCEL, RUNNING = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[ThreadedSimulator]:
    with running_simulator(api_key=KEY) as simulator:
        monkeypatch.setenv("TOGETHER_API_KEY", KEY)
        monkeypatch.setenv("TOGETHER_BASE_URL", simulator.base_url)
        yield simulator


def printed(script: str, *arguments: str) -> str:
    """Run a script of the page as its reader would; return what it prints."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *arguments],
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_SECONDS,
    )
    assert ended.stderr == ""
    return ended.stdout


@pytest.mark.unmeasured
def test_the_scripts_run_as_they_stand(api: ThreadedSimulator) -> None:
    done = api.add_job(id="done", status="COMPLETED")
    running = api.add_job(id="running", status="IN_PROGRESS")
    assert printed(FOLLOW, done) == "COMPLETED 100.0%\n"
    assert printed(FINISHED, done) == "COMPLETED\n"
    assert {tuple(line.split()[:2]) for line in printed(LIST_ALL).splitlines()} == {
        ("done", "COMPLETED"),
        ("running", "IN_PROGRESS"),
    }
    assert printed(RUNNING) == "running IN_PROGRESS\n"
    assert printed(CANCEL, running) == f"running is now {api.job(running)['status']}\n"
    assert printed(CANCEL, done).startswith("not cancelled: batch job can't be")


def played(
    monkeypatch: pytest.MonkeyPatch, script: str, *arguments: str, sleep: Callable[[float], None]
) -> dict[str, Any]:
    """Run a script in this process, with `sleep` in place of the real one; return its names."""
    names: dict[str, Any] = {"__name__": "client_page"}
    monkeypatch.setattr("sys.argv", ["script", *arguments])
    with monkeypatch.context() as patched:
        patched.setattr("time.sleep", sleep)
        exec(script, names)  # noqa: S102 - our own page
    return names


def test_the_loop_follows_a_job_to_its_end_even_where_it_shows_no_progress(
    api: ThreadedSimulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = api.add_job(status="VALIDATING", progress=None)
    later = iter(
        (
            {"status": "IN_PROGRESS", "progress": 71.75},
            {"status": "COMPLETED", "progress": 100},
        )
    )
    paused: list[float] = []

    def sleep(seconds: float) -> None:
        paused.append(seconds)
        api.update_job(job_id, **next(later))

    played(monkeypatch, FOLLOW, job_id, sleep=sleep)
    assert capsys.readouterr().out.splitlines() == [
        "VALIDATING",
        "IN_PROGRESS 71.8%",
        "COMPLETED 100.0%",
    ]
    assert paused == [30, 30]


def test_the_patient_loop_outlasts_what_passes_and_nothing_else(
    api: ThreadedSimulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = api.add_job(status="COMPLETED")
    api.fault(Reply(503), times=1)
    names = played(monkeypatch, FINISHED, sleep=lambda _: None)
    client = names["Client"]()
    assert names["finished"](client, job_id, every_seconds=0).status == "COMPLETED"
    assert "unavailable (503" in capsys.readouterr().out
    with pytest.raises(NotFoundError):
        names["finished"](client, "nobody", every_seconds=0)


def test_the_old_name_is_an_alias() -> None:
    assert together.TogetherClient is AsyncClient
