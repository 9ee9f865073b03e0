from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from batchbell.core.job import BatchJob
from batchbell.core.results.job_results import ResultsState
from batchbell.json_views.results import results_in_brief_json, results_json
from tests.came_back import partial, unread

JOB = BatchJob(id="job", status="COMPLETED", input_file_id="in", output_file_id="out")
#: A contract with scripts.
KEYS = {
    "account", "job", "status", "state", "verdict", "requests", "succeeded", "failed", "missing",
    "duplicated", "foreign", "unreadable", "empty", "truncated", "tokens", "cost", "causes",
    "files", "counted_at",
}  # fmt: skip


def test_every_key_is_there_whatever_is_known() -> None:
    waiting = results_json(unread(JOB, ResultsState.WAITING))
    assert waiting.keys() == results_json(partial(JOB)).keys() == KEYS
    unknown = KEYS - {"account", "job", "status", "state", "causes", "files"}
    assert {name: waiting[name] for name in unknown} == dict.fromkeys(unknown)  # type: ignore[literal-required]
    assert waiting["files"][0] == {
        "kind": "input",
        "id": "in",
        "bytes": None,
        "sha256": None,
        "path": None,
    }


def test_a_cost_is_written_without_an_exponent() -> None:
    cheap = replace(partial(JOB), cost=Decimal("0.0000001"))
    assert results_json(cheap)["cost"] == {"amount": "0.0000001"}


def test_in_brief_it_is_the_same_without_causes_and_files() -> None:
    whole, brief = results_json(partial(JOB)), results_in_brief_json(partial(JOB))
    assert {**whole, **brief} == whole
    assert whole.keys() - brief.keys() == {"account", "job", "causes", "files"}
