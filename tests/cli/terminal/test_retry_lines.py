from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal import retry_lines as words
from batchbell.cli.terminal.results_lines import results_lines
from batchbell.core.job import BatchJob
from batchbell.core.results.cause import Cause
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.core.results.selection import USUALLY, Include
from batchbell.usecases.write_retry import Written

if TYPE_CHECKING:
    from collections.abc import Collection

    import pytest


def retry_lines(
    written: Written,
    found: JobResults,
    include: Collection[Include] = USUALLY,
    *,
    skips_repair: bool = False,
) -> list[str]:
    """Return the lines about a file named "again", without colours."""
    lines = words.retry_lines(written, Path("again"), found, include, skips_repair=skips_repair)
    return [*map(click.unstyle, lines)]


def whole_input_lines(failed: BatchJob) -> list[str]:
    return [
        *map(
            click.unstyle,
            words.whole_input_lines(Written(requests=9), Path("again"), failed),
        )
    ]


def results(*causes: Cause, truncated: int = 0, empty: int = 0) -> JobResults:
    counts = Counts(succeeded=1, failed=9, truncated=truncated, empty=empty)
    return JobResults(
        account="default",
        job_id="one",
        status="COMPLETED",
        state=ResultsState.COUNTED,
        verdict=Verdict.PARTIAL,
        counts=counts,
        causes=causes,
    )


def cause(code: str, *, helps: bool | None = False) -> Cause:
    return Cause(code=code, message="", count=1, share=0.1, example="", retry_helps=helps)


def test_the_causes_of_what_needs_repair_are_said_the_first_of_many() -> None:
    causes = [cause("429", helps=True), *(cause(f"40{n}") for n in range(7))]
    first, second, *lines = retry_lines(Written(requests=9, need_repair=7), results(*causes))
    assert first == "✓ 9 requests written to again"
    assert second == "7 of its lines need repair first:"
    assert lines == [
        *(f"        1  40{n}" for n in range(5)),
        "  and for 2 more causes: batchbell results -- one",
        "    Only the 2 that need none: batchbell retry --skip-repair -- one",
    ]


def test_one_is_told_as_one_and_none_not_at_all() -> None:
    one = Written(requests=1, need_repair=1)
    _, second, line = retry_lines(one, results(cause("")))
    assert second.startswith("1 of its lines needs repair first")
    assert line == "        1  without a reason"
    whole = Written(requests=1)
    assert retry_lines(whole, results(cause("429")), skips_repair=True) == [
        "✓ 1 request written to again"
    ]


def test_an_account_without_credit_needs_no_repair_of_the_input() -> None:
    failed = BatchJob(id="one", status="FAILED", error="insufficient funds")
    *_, line = whole_input_lines(failed)
    assert line == (
        "Nothing is wrong with the input; its account needs credit first: insufficient funds"
    )


def test_of_a_model_that_takes_no_batches_another_one_is_to_be_named() -> None:
    failed = BatchJob(id="one", status="FAILED", error="model a/b is not available for batches")
    *_, line = whole_input_lines(failed)
    assert line == (
        "Its model takes no batches, so name another one in the file first: "
        "model a/b is not available for batches"
    )


def test_of_a_field_that_is_alike_in_each_line_the_others_are_checked_too() -> None:
    failed = BatchJob(id="one", status="FAILED", error="line 1: max_tokens is too large")
    *_, line = whole_input_lines(failed)
    said = "Repair line 1 of again first, and check the others for the same"
    assert line == f"{said}: max_tokens is too large"


def test_whoever_sends_all_of_it_again_is_told_that_some_is_paid_twice() -> None:
    done = BatchJob(id="one", status="COMPLETED", output_file_id="file-o")
    first, line = whole_input_lines(done)
    assert first == "✓ 9 requests written to again, the whole input"
    assert line == (
        "This job is COMPLETED: what has an answer already is answered, and paid, twice."
    )


def test_what_stays_out_is_said_with_the_option_that_takes_it_in() -> None:
    def last(include: Collection[Include], **counts: int) -> str:
        *_, line = retry_lines(Written(requests=9), results(**counts), include)
        return line

    def both(include: Collection[Include], **counts: int) -> list[str]:
        return retry_lines(Written(requests=9), results(**counts), include)[1:]

    assert both(USUALLY, truncated=6) == [
        "Not in it: 6 cut answers",
        "    With those: batchbell retry --include failed,truncated -- one",
    ]
    assert both({Include.TRUNCATED}, truncated=1, empty=1) == [
        "Not in it: 9 failed, 1 empty answer",
        "    With those: batchbell retry --include failed,empty,truncated -- one",
    ]
    assert last([*Include], truncated=6) == "✓ 9 requests written to again"


def test_the_line_that_an_error_names_is_to_be_repaired_in_that_file() -> None:
    for error, said in (
        ("line 212: invalid JSON", "invalid JSON"),
        ("bad JSON in line 212", "bad JSON in line 212"),
    ):
        failed = BatchJob(id="one", status="FAILED", error=error)
        *_, line = whole_input_lines(failed)
        assert line == f"Repair line 212 of again first: {said}"


def test_what_needs_no_repair_can_be_had_alone_of_what_was_asked_for() -> None:
    written = Written(requests=9, need_repair=7)
    *_, line = retry_lines(written, results(cause("400"), truncated=1), [*Include])
    names = "failed,missing,empty,truncated"
    assert line == (
        f"    Only the 2 that need none: batchbell retry --include {names} --skip-repair -- one"
    )


def test_what_is_to_be_repaired_is_found_by_its_lines_in_the_file() -> None:
    def last(*lines: int) -> str:
        found = Written(
            requests=99, need_repair=len(lines), lines_to_repair={("400", ""): [*lines]}
        )
        return retry_lines(found, results(cause("400")))[3]

    assert last(7) == "           line 7"
    assert last(1, 2, 3, 9, 1_000) == "           lines 1-3, 9, 1,000"
    many = last(*range(1, 99, 2))
    assert many.endswith(", 77, 79 and 9 more")


def test_with_what_stays_out_those_to_be_repaired_stay_out_too() -> None:
    *_, line = retry_lines(Written(requests=9), results(truncated=6), skips_repair=True)
    option = "--include failed,truncated --skip-repair"
    assert line == f"    With those: batchbell retry {option} -- one"


def test_a_file_that_was_there_is_said_to_be_replaced() -> None:
    (line,) = retry_lines(Written(requests=9, replaces=True), results())
    assert line == "✓ 9 requests written to again, in place of what was there"


def test_for_an_id_that_can_not_be_copied_without_harm_there_is_no_command() -> None:
    found = replace(results(truncated=1), job_id="a b")
    assert retry_lines(Written(requests=9), found) == [
        "! 9 of 10 requests written to again",
        "Not in it: 1 cut answer",
    ]


def test_what_has_to_be_done_before_it_is_submitted_is_said() -> None:
    lines = Written(requests=9, need_repair=7)
    assert words.once_repaired(lines, skips_repair=False) == "Once repaired"
    assert words.once_repaired(lines, skips_repair=True) == ""
    assert words.once_repaired(Written(requests=9), skips_repair=False) == ""


def test_before_a_whole_input_is_submitted_its_error_is_mended() -> None:
    def once(error: str | None, file: str | None = None) -> str:
        return words.once_mended(
            BatchJob(id="one", status="FAILED", error=error, output_file_id=file)
        )

    assert once("line 212: invalid JSON") == "Once repaired"
    assert once("model a/b is not available for batches") == "Once repaired"
    assert once("insufficient funds") == "Once its account has credit"
    assert once("503 Service Unavailable") == once(None) == ""
    assert once("line 212: invalid JSON", file="file-o") == ""


def test_what_stays_out_is_no_good_news_and_is_counted_in_the_first_line() -> None:
    def first(include: Collection[Include], *, skips_repair: bool = False, **counts: int) -> str:
        written = Written(requests=9, need_repair=5 if skips_repair else 0)
        return retry_lines(written, results(**counts), include, skips_repair=skips_repair)[0]

    assert first(USUALLY) == "✓ 9 requests written to again"
    assert first(USUALLY, truncated=6) == "! 9 of 15 requests written to again"
    assert first([*Include], truncated=6) == "✓ 9 requests written to again"
    assert first(USUALLY, skips_repair=True) == "! 9 of 14 requests written to again"
    assert first(USUALLY, skips_repair=True, empty=1) == "! 9 of 15 requests written to again"
    # An answer may be empty and cut.
    assert first(USUALLY, truncated=6, empty=1) == "! 9 requests written to again"
    both = {Include.EMPTY, Include.TRUNCATED}
    assert first(both, truncated=6, empty=1) == "! 9 of 18 requests written to again"


def test_what_stays_out_comes_before_what_needs_repair() -> None:
    _, second, _, fourth, *_ = retry_lines(
        Written(requests=9, need_repair=7), results(cause("400"), truncated=6)
    )
    assert second == "Not in it: 6 cut answers"
    assert fourth == "7 of its lines need repair first:"


def test_where_the_whole_error_stands_is_said_once() -> None:
    masked = [replace(cause(code), message="Invalid value: …") for code in ("400", "422")]
    written = Written(requests=2, need_repair=2)
    assert retry_lines(written, results(*masked))[-1] == (
        "    What … stands for is only in the error file: batchbell fetch -- one"
    )
    said = [*map(click.unstyle, results_lines(results(*masked)))]
    assert said[-1] == "  What … stands for is only in the error file"
    assert sum("error file" in line for line in said) == 1
    assert "error file" not in "".join(retry_lines(written, results(cause("400"))))


def test_on_a_terminal_what_needs_repair_stands_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchbell.cli.terminal.retry_repair.on_terminal", lambda: True)
    lines = retry_lines(Written(requests=9, need_repair=7), results(cause("400")))
    assert lines[1:3] == ["", "7 of its lines need repair first:"]
