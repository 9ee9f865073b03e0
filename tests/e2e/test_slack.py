"""What a Slack webhook gets from the running daemon."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.e2e.harness import RunningDaemon, config
from tests.e2e.messages import arrived
from tests.e2e.slack_here import slack_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator

#: Of the right shape, and obviously nobody's.
TOKENS = "T0FAKE000/B0FAKE000/FakeFakeFakeFakeFakeFake"


def text_of(attachment: Any) -> str:
    """Return the text of an attachment: what is told, and what the job is known by."""
    return "\n".join(text for block in attachment["blocks"] for text in _texts(block))


def _texts(block: Any) -> list[str]:
    """Return the texts of a section, or of what is small; a divider has none."""
    small = [each["text"] for each in block.get("elements", ())]
    return [block["text"]["text"], *small] if "text" in block else small


def slack_daemon(
    folder: Path, api: ThreadedSimulator, hook: HttpReceiver, url: str
) -> RunningDaemon:
    return RunningDaemon(
        folder,
        config(api.base_url, {"team": f"slack://{TOKENS}/#batches"}),
        url=url,
        warm=slack_at(hook),
    )


def test_an_end_arrives_as_slack_expects_it(
    tmp_path: Path, api: ThreadedSimulator, hook: HttpReceiver, new_place: Callable[[], str]
) -> None:
    job_id = api.add_job()
    with slack_daemon(tmp_path, api, hook, new_place()) as bell:
        bell.wait_for_baseline()
        api.update_job(job_id, status="FAILED", error="<!channel> line 3: <https://evil|click>")
        (request,) = hook.wait_for(arrived(1))

    assert (request.method, request.path) == ("POST", f"/services/{TOKENS}")
    assert request.headers["content-type"].startswith("application/json")
    assert request.json["channel"] == "#batches"
    assert re.match(r"✗ FAILED: batch_\w+, ", request.json["text"])
    attachment, _look_closer = request.json["attachments"]
    text = text_of(attachment)
    for fact in ("Repair line 3 of ", f"```batchbell retry -- {job_id}```"):
        assert fact in text
    assert "none" not in text
    # Not one of Slack's own signs is left that the API could have smuggled in.
    assert "<" not in text + request.json["text"]


def test_a_digest_names_every_job(
    tmp_path: Path, api: ThreadedSimulator, hook: HttpReceiver, new_place: Callable[[], str]
) -> None:
    jobs = [api.add_job() for _ in range(5)]
    with slack_daemon(tmp_path, api, hook, new_place()) as bell:
        bell.wait_for_baseline().stop()
        for job_id in jobs:
            api.update_job(job_id, status="COMPLETED", error_file_id="file-some-failed")
        bell.start()
        (request,) = hook.wait_for(arrived(1))
        bell.wait_until_delivered()

    assert len(hook.requests) == 1
    text = "".join(map(text_of, request.json["attachments"][:-1]))
    for job_id in jobs:
        assert f"batchbell fetch -- {job_id}" in text
    assert text.count("Error file: file-some-failed") == len(jobs)
