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


def test_a_retry_of_a_retry_has_no_longer_name() -> None:
    name = "nightly-eval.jsonl"
    for include in (USUALLY, None, {Include.TRUNCATED, Include.FAILED}, USUALLY):
        name = retry_name(name, "0123abcd-b40e-4de8-9729-49330116c29f", include, skips_repair=True)
    assert retry_name(name, ID, USUALLY) == "nightly-eval.7823e0cf.retry.jsonl"
    grown = "nightly-eval.0123abcd.retry.batch_1.retry-all.jsonl"
    assert retry_name(grown, ID, USUALLY) == "nightly-eval.7823e0cf.retry.jsonl"


@pytest.mark.parametrize("job_id", [ID.replace("7", "1"), "a/b"])
def test_a_retry_of_one_that_is_called_by_its_id_is_so_too(job_id: str) -> None:
    first = retry_name("", job_id, USUALLY)
    assert retry_name(first, ID, USUALLY) == f"{ID}.retry.jsonl"
    assert retry_name(f"x{first}", ID, USUALLY).startswith("x")


@pytest.mark.parametrize("name", ["retry", "my.retry", "a.retry-it", "eval.retry2", "a.b.retry-ok"])
def test_a_name_that_only_looks_so_stays(name: str) -> None:
    assert retry_name(f"{name}.jsonl", ID, USUALLY) == f"{name}.7823e0cf.retry.jsonl"
