"""The demo, played for its pictures, and its database as it was near the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchbell.cli.results import NOT_ALL
from docs.pictures.recording import WIDTH, Recording
from docs.pictures.screen import Screen, frames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


#: By then a job each has failed, expired, been cancelled and come to nothing. Simulated minutes
#: are seconds.
INTERESTING_AFTER_SECONDS = 33.0
#: Longest wait for the demo to come that far on a busy machine, seconds.
TIMEOUT_SECONDS = 90.0
#: What the pictures' moment is later than the last poll: somebody looks a little after it.
LOOKED_AFTER = timedelta(seconds=20)


@dataclass(slots=True)
class Demo:
    """A running demo on a terminal that is recorded."""

    recording: Recording
    #: Where it keeps its files.
    folder: Path

    @property
    def page_url(self) -> str:
        """Where its status page is."""
        heading = next(line for line in self.recording.output.splitlines() if "Status page" in line)
        return heading.split()[-1]

    def wait_until_interesting(self) -> None:
        """Wait until there is something to see; raise if the demo ends before."""
        began = time.monotonic()
        while time.monotonic() - began < INTERESTING_AFTER_SECONDS or not self._expired():
            if self.recording.ended or time.monotonic() - began > TIMEOUT_SECONDS:
                raise RuntimeError(f"the demo did not come far:\n{self.recording.output[-2000:]}")
            time.sleep(0.2)

    def backup(self, path: Path) -> None:
        """Copy its database, as a user would."""
        (database,) = self.folder.glob("*/batchbell.db")
        command(f"sqlite:///{database}", "db", "backup", str(path))

    def picture(self, enough: Callable[[str], bool]) -> list[str]:
        """Return the lines of its terminal when what could be read there was first `enough`."""
        screen = Screen(WIDTH)
        for frame in frames(self.recording.output):
            screen.feed(frame)
            if enough(screen.text()):
                return screen.lines()
        raise RuntimeError("the demo never showed what its picture is to show")

    def _expired(self) -> bool:
        return "EXPIRED" in self.recording.output


@contextmanager
def playing() -> Iterator[Demo]:
    """Play the demo for the length of a `with` block."""
    with tempfile.TemporaryDirectory() as folder:
        demo = ("-m", "batchbell", "demo")
        with Recording(*demo, environ={"TMPDIR": folder}) as recording:
            yield Demo(recording, Path(folder))


def command(database_url: str, *arguments: str) -> str:
    """Run `batchbell` on a database; return what it prints."""
    environ = os.environ | {"BATCHBELL_DATABASE_URL": database_url}
    program = [sys.executable, "-m", "batchbell", *arguments]
    return subprocess.run(program, env=environ, check=True, capture_output=True, text=True).stdout


def on_terminal(database_url: str, moment: str, *arguments: str) -> list[str]:
    """Run `batchbell` on a terminal at another time; return the lines it shows."""
    program = ("-m", "docs.pictures.as_of", moment, *arguments)
    # What is counted in the database is shown without a call: the key is nobody's.
    environ = {"BATCHBELL_DATABASE_URL": database_url, "BATCHBELL_ACCOUNTS__DEMO__API_KEY": "-"}
    with Recording(*program, environ=environ) as recording:
        status = recording.end()
    if status not in {0, NOT_ALL}:
        raise RuntimeError(f"{arguments} failed:\n{recording.output}")
    screen = Screen(WIDTH)
    screen.feed(recording.output)
    return screen.lines()


def moment_of(database_url: str) -> str:
    """Return when somebody looks at the database: a little after its last poll, RFC 3339."""
    overview: dict[str, Any] = json.loads(command(database_url, "status", "--json"))
    polled = max(account["last_poll_at"] for account in overview["accounts"])
    return (datetime.fromisoformat(polled) + LOOKED_AFTER).isoformat()


def running_job(database_url: str) -> str:
    """Return the id of the running job with the longest history."""
    jobs: list[dict[str, Any]] = json.loads(command(database_url, "status", "--json"))["jobs"]
    running: set[str] = {job["id"] for job in jobs if job["status"] == "IN_PROGRESS"}
    histories = _histories(database_url)
    return max(running & histories.keys(), key=lambda job_id: (len(histories[job_id]), job_id))


def incomplete_job(database_url: str) -> str:
    """Return the id of the job of which failed most, and others came back."""
    jobs: list[dict[str, Any]] = json.loads(command(database_url, "status", "--json"))["jobs"]
    partial = [job for job in jobs if (job["results"] or {}).get("verdict") == "partial"]
    worst = max(partial, key=lambda job: (job["results"]["failed"], job["id"]))
    return str(worst["id"])


def most_eventful_job(database_url: str) -> str:
    """Return the id of a job that has an end and a long history."""
    histories = _histories(database_url)

    def worth(job_id: str) -> tuple[bool, int, str]:
        history = histories[job_id]
        bad = any(event["severity"] in {"warning", "failure"} for event in history)
        return bad, len(history), job_id

    return max(histories, key=worth)


def _histories(database_url: str) -> dict[str, list[dict[str, Any]]]:
    """Return the events of each job."""
    log: list[dict[str, Any]] = json.loads(command(database_url, "events", "--json"))
    histories: dict[str, list[dict[str, Any]]] = {}
    for event in log:
        histories.setdefault(event["job_id"], []).append(event)
    histories.pop("", None)
    return histories
