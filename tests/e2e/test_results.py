"""What came back of jobs that ended, told by the running daemon."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.simulator.fate import Mix
from tests.e2e.harness import API_KEY, RunningDaemon, config, json_url, mail_url
from tests.e2e.messages import arrived, told_by_http
from tests.e2e.test_hooks import hook_channel
from tests.simulator.faults import Truncated
from tests.simulator.file_faults import file_of, file_refusal
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver, HttpRequest, MailReceiver
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


#: Of a request, and of an answer.
PROMPT, ANSWER = "xylophone-prompt-7431", "quagmire-answer-7431"


def marked_files() -> dict[str, bytes]:
    """Return files that say it wherever a request or an answer can be quoted, by their kinds."""
    ids = [f"request-{number}" for number in range(40)]
    quoted = [
        f"invalid: {PROMPT}",
        f'Invalid value for "content": "{PROMPT}"',
        json.dumps({"messages": [{"content": PROMPT}]}),
        f"ungültige Anfrage «{PROMPT}» 無効 {ANSWER}",
        f"{PROMPT}",
    ]
    message = {"role": "user", "content": PROMPT}
    answer = {"choices": [{"message": {"content": ANSWER}, "finish_reason": "stop"}]}
    return {
        "input": b"".join(
            json.dumps({"custom_id": each, "body": {"messages": [message]}}).encode() + b"\n"
            for each in ids
        ),
        "output": f"{ANSWER}, no JSON\n".encode()
        + b"".join(
            json.dumps(
                {"custom_id": each, "response": {"status_code": 200, "body": answer}}
            ).encode()
            + b"\n"
            for each in ids[:20]
        ),
        "errors": b"".join(
            json.dumps(
                {
                    "custom_id": each,
                    "error": {
                        "message": quoted[number % 5],
                        "code": f"no {PROMPT}",
                        "type": PROMPT,
                    },
                }
            ).encode()
            + b"\n"
            for number, each in enumerate(ids[20:])
        ),
    }


def test_what_requests_and_answers_say_is_nowhere(
    tmp_path: Path,
    api: ThreadedSimulator,
    hook: HttpReceiver,
    mail: MailReceiver,
    monkeypatch: pytest.MonkeyPatch,
    new_place: Callable[[], str],
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    files = marked_files()
    for kind, content in files.items():
        api.fault(file_of(content), path=f"/files/file-{kind}/content")
    # whoever reads it first gets the half of it, and an error that quotes the other half
    api.fault(Truncated(), path="/files/file-output/content", times=1)
    quoting = file_refusal(400, f"cannot serve the line {PROMPT}")
    api.fault(quoting, path="/files/file-refused/content")
    channels = {"hook": {**hook_channel(hook), "events": ["*"]}, "mail": mail_url(mail)}
    settings = config(api.base_url, channels, log_level="debug")
    with RunningDaemon(tmp_path, settings, url=new_place(), warm=shared_server()) as bell:
        bell.wait_for_baseline()
        job_id = api.add_job(
            status="COMPLETED",
            input_file_id="file-input",
            output_file_id="file-output",
            error_file_id="file-errors",
        )
        api.add_job(status="COMPLETED", output_file_id="file-refused", error_file_id=None)
        bell.wait_for_log("results wait: the output file can't be had", job=job_id)
        bell.wait_for_log("results counted", job=job_id)
        hook.wait_for(lambda got: "batch.results" in {event["kind"] for event in told(got)})
        bell.wait_until_delivered()
        pages = [
            bell.get(path)[1]
            for path in ("/", f"/jobs/default/{job_id}", "/metrics", "/api/jobs", "/feed.atom")
        ]
        live = bell_hits(bell, tmp_path)
        bell.stop()
    known = next(event for event in told(hook.requests) if event["kind"] == "batch.results")
    assert "20 failed" in known["headline"]
    assert "batchbell_requests_total" in pages[2]
    bodies = [request.body for request in hook.requests] + [
        each.message.as_bytes() for each in mail.mails
    ]
    everything = b"".join([*bodies, *(page.encode() for page in pages)])
    for mark in (ANSWER.encode(), PROMPT.encode()):
        assert mark not in everything
    assert live == bell_hits(bell, tmp_path) == []


def bell_hits(bell: RunningDaemon, folder: Path) -> list[str]:
    """Return where it is said: the names of files below a folder, or the database."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = {"the database": bell.stored(), **{path.name: path.read_bytes() for path in files}}
    assert b"results counted" in found["daemon.log"]
    assert b"batch.results" in found["the database"]
    marks = (PROMPT.encode(), ANSWER.encode())
    return [name for name, content in found.items() if any(mark in content for mark in marks)]
