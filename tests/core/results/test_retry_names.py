from __future__ import annotations

import pytest

from batchbell.core.results.retry_names import retry_name
from batchbell.core.results.selection import USUALLY, Include

ID = "7823e0cf-b40e-4de8-9729-49330116c29f"


def test_a_file_is_called_after_the_input_as_the_next_job_is() -> None:
    assert retry_name("nightly-eval.jsonl", ID, USUALLY) == "nightly-eval.retry.jsonl"
    assert retry_name("nightly", ID, USUALLY) == "nightly.retry.jsonl"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../up.jsonl",
        "a/b.jsonl",
        ".hidden.jsonl",
        "-rf.jsonl",
        "a b",
        "a\n",
        "é",
        "$(x)",
        "a" * 101,
    ],
)
def test_a_name_that_is_not_safe_gives_way_to_the_id(name: str) -> None:
    assert retry_name(name, ID, USUALLY) == f"{ID}.retry.jsonl"


def test_each_choice_has_a_name_of_its_own() -> None:
    cut = {Include.TRUNCATED, Include.FAILED}
    assert retry_name("a", ID, cut) == "a.retry-failed-truncated.jsonl"
    assert retry_name("a", ID, None) == "a.retry-all.jsonl"
    assert retry_name("a", ID, USUALLY, skips_repair=True) == "a.retry-skip-repair.jsonl"
