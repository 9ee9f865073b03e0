"""What came back of jobs that ended, told by the running daemon."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.simulator.fate import Mix
from tests.e2e.harness import API_KEY, config, json_url
from tests.e2e.messages import arrived, told_by_http
from tests.e2e.test_hooks import hook_channel

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver, HttpRequest
    from tests.simulator.thread import ThreadedSimulator

#: Of a thousand requests.
FLAWED = Mix(failed=40, missing=10)
THOUSAND_REQUESTS = 400_000


def mixed(api: ThreadedSimulator, mix: Mix, status: str = "COMPLETED", **fields: object) -> str:
    """Add a job of a thousand requests that ended."""
    usual = {"error_file_id": "file-errors-of-it"}
    return api.add_mixed_job(
        mix, file_size_bytes=THOUSAND_REQUESTS, status=status, **{**usual, **fields}
    )


def told(requests: Iterable[HttpRequest]) -> list[dict[str, Any]]:
    """Return the events of what a webhook got."""
    return [event for each in requests for event in each.json["data"]["events"]]


def test_the_message_about_an_end_says_what_came_back(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    bell = start(config(api.base_url, {"hook": hook_channel(hook)})).wait_for_baseline()
    job_id = mixed(api, FLAWED)
    (event,) = told(hook.wait_for(arrived(1)))
    bell.wait_until_delivered()
    assert (event["kind"], event["job"]["id"]) == ("batch.completed_with_errors", job_id)
    assert "950 of 1,000 ok, 40 failed, 10 missing" in event["headline"]
    assert len(hook.requests) == 1


@pytest.mark.skipif(shutil.which("curl") is None, reason="the commands in messages need curl")
def test_what_is_not_counted_is_told_at_once_with_commands_that_fetch_it(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, tmp_path: Path
) -> None:
    uncounted = config(api.base_url, {"hook": json_url(hook)}, results={"collect": "off"})
    bell = start(uncounted).wait_for_baseline()
    mixed(api, FLAWED, output_file_id="file-output", error_file_id="file-errors")
    (entry,) = told_by_http(hook.wait_for(arrived(1)))
    for label, file_id in (("Fetch output", "file-output"), ("Fetch errors", "file-errors")):
        environ = {**os.environ, "TOGETHER_API_KEY": API_KEY}
        subprocess.run(["sh", "-c", entry.facts[label]], check=True, env=environ, cwd=tmp_path)  # noqa: S607 - the user's shell
        assert (tmp_path / f"{file_id}.jsonl").read_text().startswith("{")
    assert bell.value("SELECT count(*) FROM results") == 0
