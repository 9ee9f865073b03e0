"""From a message on the phone to the whole output, as a new user would do it."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

from batchbell.simulator.fate import Mix
from tests.e2e.harness import RunningDaemon, command, config, json_url
from tests.e2e.messages import arrived
from tests.simulator.file_faults import file_of
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator

SOME = Mix(failed=40, missing=10)


def said(bell: RunningDaemon, *arguments: str, exit_code: int) -> str:
    """Run a command beside the daemon, in its folder, and return what it prints."""
    done = command(bell, *arguments, folder=bell.config_file.parent)
    assert done.returncode == exit_code, done.stderr
    return done.stdout


def answered(request: bytes) -> bytes:
    """Return the output's line of a request of the input."""
    answer = {"choices": [{"message": {"content": "at last"}, "finish_reason": "stop"}]}
    custom_id = json.loads(request)["custom_id"]
    row = {"custom_id": custom_id, "response": {"status_code": 200, "body": answer}}
    return json.dumps(row).encode() + b"\n"


def submitted(api: ThreadedSimulator, requests: bytes) -> str:
    """Do what the official CLI does with a file of requests, and let all of them be answered."""
    api.fault(file_of(requests), path="/files/file-again/content")
    output = b"".join(map(answered, requests.splitlines()))
    api.fault(file_of(output), path="/files/file-answers/content")
    return api.add_job(
        status="COMPLETED",
        input_file_id="file-again",
        output_file_id="file-answers",
        error_file_id=None,
    )


def downloads(api: ThreadedSimulator) -> int:
    return sum(request.path.endswith("/content") for request in api.requests)


def command_after(label: str, message: str) -> list[str]:
    """Return the arguments of the command that stands in the message, as one would copy it."""
    (command,) = re.findall(rf"(?m)^(?:\d )?{label}: batchbell (.*)$", message)
    return shlex.split(command)


def test_four_commands_lead_from_the_message_to_the_whole_output(
    tmp_path: Path, api: ThreadedSimulator, hook: HttpReceiver, new_place: Callable[[], str]
) -> None:
    settings = config(api.base_url, {"phone": json_url(hook)})
    with RunningDaemon(tmp_path, settings, url=new_place(), warm=shared_server()) as bell:
        bell.wait_for_baseline()
        job = api.add_mixed_job(SOME, file_size_bytes=400_000, status="IN_PROGRESS")
        bell.wait_for_polls()
        api.update_job(job, status="COMPLETED", error_file_id="file-e")
        (message,) = hook.wait_for(arrived(1))
        verdict = "950 of 1,000 ok, 40 failed, 10 missing"
        assert verdict in message.json["title"]
        text = message.json["message"]

        # What the daemon has counted is not read again.
        asked = downloads(api)
        counted = said(bell, *command_after("Look closer", text), exit_code=3)
        assert counted.startswith(f"PARTIAL: {verdict}\n")
        assert downloads(api) == asked

        written = said(bell, *command_after("Write a file of the rest", text), exit_code=0)
        # It has the name of the input, which the daemon knows.
        found = re.match(r"✓ 50 requests written to (batch_\w+\.\w+\.retry\.jsonl)\n", written)
        assert found is not None
        again = tmp_path / found[1]
        assert f"file={again.name}\n" in written
        assert '"endpoint": "/v1/chat/completions"' in written
        retry = submitted(api, again.read_bytes())

        merged = said(bell, "merge", job, retry, "--to", "whole.jsonl", exit_code=0)
        assert merged.startswith("COMPLETE: 1,000 of 1,000 ok\n")
        assert merged.endswith("\n1,000 answers: whole.jsonl\n")

    said(bell, "fetch", job, "--input", exit_code=0)
    asked_ids = custom_ids(tmp_path / f"{job}.input.jsonl")
    assert custom_ids(tmp_path / "whole.jsonl") == asked_ids
    assert len(set(asked_ids)) == 1000
    assert (tmp_path / "whole.jsonl").read_text().count("at last") == 50


def custom_ids(path: Path) -> list[str]:
    return [json.loads(line)["custom_id"] for line in path.read_text().splitlines()]
