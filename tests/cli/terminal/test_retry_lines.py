from __future__ import annotations

from pathlib import Path

from batchbell.cli.terminal.retry_lines import retry_lines, whole_input_lines
from batchbell.core.job import BatchJob
from batchbell.core.results.cause import Cause
from batchbell.usecases.write_retry import Written


def cause(code: str, *, helps: bool | None = False) -> Cause:
    return Cause(code=code, message="", count=1, share=0.1, example="", retry_helps=helps)


def test_the_causes_of_what_needs_repair_are_said_the_first_of_many() -> None:
    causes = [cause("429", helps=True), *(cause(f"40{n}") for n in range(7))]
    first, second, *lines = retry_lines(
        Written(requests=9, need_repair=7), Path("again"), causes, job_id="one", skips_repair=False
    )
    assert first == "9 requests to send again: again"
    assert second == "7 of them need repair first (--skip-repair leaves them out):"
    assert lines == [
        *(f"        1  40{n}" for n in range(5)),
        "  and for 2 more causes: batchbell results -- one",
    ]


def test_one_is_told_as_one_and_none_not_at_all() -> None:
    one = Written(requests=1, need_repair=1)
    _, second, line = retry_lines(one, Path("again"), [cause("")], job_id="one", skips_repair=False)
    assert second.startswith("1 of them needs repair first")
    assert line == "        1  without a reason"
    whole = Written(requests=1)
    assert [
        *retry_lines(whole, Path("again"), [cause("429")], job_id="one", skips_repair=True)
    ] == ["1 request to send again: again"]


def test_an_account_without_credit_needs_no_repair_of_the_input() -> None:
    failed = BatchJob(id="one", status="FAILED", error="insufficient funds")
    *_, line = whole_input_lines(Written(requests=9), Path("again"), failed)
    assert line == (
        "Nothing is wrong with the input; its account needs credit first: insufficient funds"
    )


def test_of_a_model_that_takes_no_batches_another_one_is_to_be_named() -> None:
    failed = BatchJob(id="one", status="FAILED", error="model a/b is not available for batches")
    *_, line = whole_input_lines(Written(requests=9), Path("again"), failed)
    assert line == (
        "Its model takes no batches, so name another one in the file first: "
        "model a/b is not available for batches"
    )
