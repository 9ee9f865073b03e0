"""The user's own programs, told by the running daemon; and messages that wait for the morning."""

from __future__ import annotations

import json
import stat
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from standardwebhooks import Webhook

from tests.e2e.harness import config
from tests.e2e.messages import arrived
from tests.e2e.waiting import wait_until
from tests.loopback_receivers import HANG, Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver, HttpRequest
    from tests.simulator.thread import ThreadedSimulator

SECRET = "whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLWZha2UtMDE="


def hook_channel(hook: HttpReceiver) -> dict[str, object]:
    return {"webhook": f"http://{hook.netloc}/bell", "webhook_secret": SECRET}


def told(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the kinds and jobs of a verified request."""
    document = Webhook(SECRET).verify(request.body, dict(request.headers))
    return [(event["kind"], event["job"]["id"]) for event in document["data"]["events"]]


def _events(requests: Iterable[HttpRequest]) -> list[Mapping[str, str]]:
    return [event for each in requests for event in each.json["data"]["events"]]


def script(folder: Path, body: str) -> str:
    path = folder / "on-batch"
    path.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{body}\n")
    path.chmod(stat.S_IRWXU)
    return str(path)


def test_a_signed_document_arrives_with_the_file_s_name(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    bell = start(config(api.base_url, {"hook": hook_channel(hook)})).wait_for_baseline()
    for number in range(1, 6):
        # New and ended within one poll: its name is known all the same.
        file_id = f"file-abcdefgh-{number}"
        job_id = api.add_job(status="FAILED", input_file_id=file_id, error="bad line")
        request = hook.wait_for(arrived(number))[-1]
        bell.wait_until_delivered()
        assert told(request) == [("batch.failed", job_id)]
        (event,) = request.json["data"]["events"]
        if event["job"]["input_file"]:
            break
        # A message waits two seconds for a name: a busy machine may be late with one or the other.

    assert event["job"]["input_file"] == "batch_abcdefgh.jsonl"
    assert event["headline"].startswith("FAILED: batch_abcdefgh (DeepSeek-V3), bad line")


def test_what_a_kill_in_a_send_repeats_has_the_same_id_and_body(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id = api.add_job()
    hook.default = HANG
    bell = start(config(api.base_url, {"hook": hook_channel(hook)})).wait_for_baseline()
    api.update_job(job_id, status="FAILED")
    hook.wait_for(arrived(1))
    # It has arrived, and nobody has written that down.
    bell.kill()
    hook.default = Answer()
    bell.start()
    first, second = hook.wait_for(arrived(2))
    bell.wait_until_delivered()

    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert told(first) == told(second) == [("batch.failed", job_id)]
    assert len(hook.requests) == 2


def test_a_receiver_that_is_gone_is_let_alone_until_somebody_asks(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, other_hook: HttpReceiver
) -> None:
    first, second = api.add_job(), api.add_job()
    hook.default = Answer(status=410)
    channels = {"hook": hook_channel(hook), "other": hook_channel(other_hook)}
    bell = start(config(api.base_url, channels)).wait_for_baseline()
    api.update_job(first, status="FAILED")
    # In one message or in two, as it happens.
    other_hook.wait_for(lambda requests: len(_events(requests)) == 2)
    failing = next(e for e in _events(other_hook.requests) if e["kind"] == "channel.failing")
    assert "410 Gone" in failing["headline"]
    api.update_job(second, status="FAILED")
    other_hook.wait_for(lambda requests: len(_events(requests)) == 3)
    assert len(hook.requests) == 1

    hook.default = Answer()
    bell.restart()
    api.add_job(status="FAILED")
    hook.wait_for(arrived(2))
    assert told(hook.requests[-1])[0][0] == "batch.failed"


def test_a_program_is_run_and_what_it_writes_is_kept(
    api: ThreadedSimulator, start: StartDaemon, tmp_path: Path
) -> None:
    job_id = api.add_job()
    program = script(
        tmp_path,
        "told = json.load(sys.stdin)\n"
        "print('job', told['data']['events'][0]['job']['id'], sorted(os.environ), flush=True)\n"
        f"first = not os.path.exists({str(tmp_path / 'ran')!r})\n"
        f"open({str(tmp_path / 'ran')!r}, 'a').close()\n"
        "sys.exit(1 if first else 0)",
    )
    bell = start(config(api.base_url, {"script": {"exec": [program]}})).wait_for_baseline()
    api.update_job(job_id, status="COMPLETED")
    bell.wait_for_log("sent", channel="script")

    rows = bell.rows("SELECT delivered, reason, output FROM attempts ORDER BY id")
    assert [(row["delivered"], row["reason"]) for row in rows] == [
        (0, "exit status 1"),
        (1, "exit status 0"),
    ]
    assert rows[0]["output"].startswith(f"job {job_id} ['BATCHBELL_CHANNEL', ")
    assert "API_KEY" not in rows[0]["output"]


def test_the_daemon_stops_in_time_while_a_program_hangs(
    api: ThreadedSimulator, start: StartDaemon, tmp_path: Path
) -> None:
    job_id = api.add_job()
    began = tmp_path / "began"
    program = script(
        tmp_path, f"open({str(began)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
    )
    bell = start(config(api.base_url, {"script": {"exec": [program]}})).wait_for_baseline()
    api.update_job(job_id, status="FAILED")
    wait_until(lambda: began.exists() and began.read_text())
    bell.stop()

    wait_until(lambda: not is_running(began.read_text()), "the program has ended")


def is_running(pid: str) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_program_that_is_not_there_is_a_configuration_error(
    api: ThreadedSimulator, start: StartDaemon
) -> None:
    with pytest.raises(AssertionError):
        start(config(api.base_url, {"script": {"exec": ["/nowhere/at/all"]}}))


def test_held_messages_survive_a_kill_and_become_one_digest(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    jobs = [api.add_job(file_size_bytes=4000) for _ in range(3)]
    now = datetime.now(UTC)
    begin, end = now - timedelta(hours=2), now + timedelta(hours=2)
    quiet = [f"{begin:%H:%M}-{end:%H:%M}"]
    held = {**hook_channel(hook), "quiet_hours": quiet, "quiet_except": "failure"}
    bell = start(config(api.base_url, {"hook": held})).wait_for_baseline()
    for job_id in jobs[:2]:
        api.update_job(job_id, status="COMPLETED", error_file_id=None)
        bell.wait_for_log("batch.completed", job=job_id)
    bell.kill()
    bell.start()
    api.update_job(jobs[2], status="FAILED")
    (request,) = hook.wait_for(arrived(1))
    assert told(request) == [("batch.failed", jobs[2])]
    wait_until(lambda: bell.rows("SELECT held_because FROM channels")[0][0] == "quiet hours")

    # What came back is known, and the night is over.
    counted = "SELECT count(*) FROM results WHERE state = 'counted'"
    wait_until(lambda: bell.value(counted) == 2, "both verdicts")
    # By the API's clock, which has whole seconds: one that is not due yet is a message of its own.
    due = "SELECT max(next_attempt_at) FROM notifications WHERE state = 'pending'"
    wait_until(lambda: bell.value(due) < (time.time() - 1) * 1e6, "both are due")
    bell.reload(config(api.base_url, {"hook": hook_channel(hook)}))
    hook.wait_for(arrived(2))
    bell.wait_until_delivered()
    assert sorted(told(hook.requests[-1])) == sorted(("batch.completed", job) for job in jobs[:2])
    assert json.loads(hook.requests[-1].body)["data"]["title"].startswith("2 completed: ")
