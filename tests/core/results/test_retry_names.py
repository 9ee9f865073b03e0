from __future__ import annotations

import re

import pytest

from batchbell.core.results.retry_names import retry_name
from batchbell.core.results.selection import USUALLY, Include

ID = "7823e0cf-b40e-4de8-9729-49330116c29f"


def test_a_file_is_called_after_the_input_as_the_next_job_is() -> None:
    assert retry_name("nightly-eval.jsonl", ID, USUALLY) == "nightly-eval.7823e0cf.retry.jsonl"
    assert retry_name("nightly", ID, USUALLY) == "nightly.7823e0cf.retry.jsonl"


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
    assert retry_name("a", ID, cut) == "a.7823e0cf.retry-failed-truncated.jsonl"
    assert retry_name("a", ID, None) == "a.7823e0cf.retry-all.jsonl"
    skips = retry_name("a", ID, USUALLY, skips_repair=True)
    assert skips == "a.7823e0cf.retry-skip-repair.jsonl"


def test_an_id_that_is_no_uuid_stands_whole_so_that_no_two_jobs_share_a_name() -> None:
    assert (
        retry_name("a.jsonl", "batch_2026-11-30_1", USUALLY) == "a.batch_2026-11-30_1.retry.jsonl"
    )
    assert retry_name("a.jsonl", "b.c", USUALLY) != retry_name("a.b.jsonl", "c", USUALLY)


@pytest.mark.parametrize("job_id", ["-rf", ".hidden", "..", "a/b", "$(x)", "é", "a" * 65, ""])
def test_of_an_id_that_is_not_safe_its_fingerprint_stands(job_id: str) -> None:
    assert re.fullmatch(r"job-[0-9a-f]{16}\.retry\.jsonl", retry_name("", job_id, USUALLY))
    assert re.fullmatch(r"a\.job-[0-9a-f]{16}\.retry\.jsonl", retry_name("a", job_id, USUALLY))
    assert retry_name("", job_id, USUALLY) != retry_name("", f"{job_id}-", USUALLY)
