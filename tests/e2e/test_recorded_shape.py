"""Rows as they were recorded: null, empty and missing fields, CANCELING, 71.75."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import config, json_url
from tests.e2e.messages import arrived, keys, told_by_http

if TYPE_CHECKING:
    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator

RECORDED = Path(__file__).parents[1] / "data" / "recorded_batches.json"


@pytest.fixture
def ids(api: ThreadedSimulator) -> list[str]:
    return [api.add_row(row) for row in json.loads(RECORDED.read_text())]


def test_recorded_rows_are_the_snapshot_with_nothing_lost_or_invented(
    api: ThreadedSimulator, ids: list[str], start: StartDaemon
) -> None:
    bell = start(config(api.base_url)).wait_for_baseline()

    query = "SELECT id, status, progress, output_file_id, model_id FROM batch_jobs ORDER BY id"
    assert [tuple(row) for row in bell.rows(query)] == [
        (ids[0], "IN_PROGRESS", 0.7175, None, "deepseek-ai/DeepSeek-V3"),
        (ids[1], "VALIDATING", 0.0, None, None),
        (ids[2], "CANCELING", 0.0825, None, "openai/whisper-large-v3"),
        (ids[3], "IN_PROGRESS", None, None, None),
        (ids[4], "COMPLETED", 1.0, "file-0aa0", "Qwen/Qwen2.5-7B-Instruct-Turbo"),
        (ids[5], "EXPIRED", 0.425, "file-part", None),
    ]
    assert tuple(bell.rows("SELECT skipped_rows, bad_fields FROM accounts")[0]) == (0, 0)


def test_recorded_rows_come_to_their_ends(
    api: ThreadedSimulator, ids: list[str], start: StartDaemon, hook: HttpReceiver
) -> None:
    # Not the old jobs' deadlines: those are other tests'.
    only_ends = {"url": json_url(hook), "events": ["batch.c*", "batch.failed", "batch.expired"]}
    uncounted = config(api.base_url, {"hook": only_ends}, results={"collect": "off"})
    bell = start(uncounted).wait_for_baseline()
    api.add_row({**api.job(ids[0]), "status": "EXPIRED", "output_file_id": "file-part-0"})
    api.add_row({**api.job(ids[1]), "status": "FAILED", "error": "line 3: not JSON"})
    api.add_row({**api.job(ids[2]), "status": "CANCELLED"})
    api.add_row({"id": ids[3], "status": "COMPLETED"})
    hook.wait_for(lambda got: len(told_by_http(got)) == 4)
    bell.wait_until_delivered()

    told = {entry.job: entry for entry in told_by_http(hook.requests)}
    assert keys(told.values()) == [
        (ids[0], "EXPIRED"),
        (ids[1], "FAILED"),
        (ids[2], "CANCELLED"),
        (ids[3], "COMPLETED WITHOUT OUTPUT"),
    ]
    assert told[ids[0]].facts["Output file"] == "file-part-0"
    assert "71.8% done, partial output is kept" in told[ids[0]].headline
    assert told[ids[1]].facts.get("Error", told[ids[1]].headline).endswith("line 3: not JSON")
    assert told[ids[2]].headline.endswith("no partial output")


def test_progress_sent_as_a_fraction_is_told_the_same(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    api.add_job(status="COMPLETED", progress=1)
    job_id = api.add_job(progress=0.1)
    channel = {"url": json_url(hook), "events": ["batch.progress"]}
    start(config(api.base_url, {"hook": channel})).wait_for_baseline()
    api.update_job(job_id, progress=0.5)

    (entry,) = told_by_http(hook.wait_for(arrived(1)))
    assert (entry.label, entry.facts["Progress"]) == ("Past 50%", "50.0%")
