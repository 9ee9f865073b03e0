from __future__ import annotations

from dataclasses import replace

import pytest

from batchbell.core.facts import CauseFacts, ResultsFacts
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Verdict
from batchbell.messages.job_commands import (
    after_end,
    as_it_stands,
    by_hand,
    once_more,
    to_cancel,
)

ENDED = BatchJob(id="job-1", status="COMPLETED", output_file_id="file-o")
RUNNING = BatchJob(id="job-1", status="IN_PROGRESS")
PARTLY = ResultsFacts(verdict=Verdict.PARTIAL, requests=9, succeeded=7, failed=1, missing=1)
TOO_LONG = CauseFacts(count=2, code="context_length_exceeded")
WHOLE = ResultsFacts(verdict=Verdict.COMPLETE, requests=9, succeeded=9, failed=0, missing=0)
#: What a shell, or a chat system on the way to it, would take for something else.
UNSAFE = ("a b", "-x", "--config=f", "$(id)", "`id`", "a;b", "a'b", "")


def commands(
    job: BatchJob, results: ResultsFacts | None = None, *, cancels: bool = False
) -> list[str]:
    found = as_it_stands(job, results, cancels=cancels, is_open_failure=False)
    return [command for _, command in found]


def test_what_came_back_is_fetched_and_only_what_did_not_is_sent_again() -> None:
    assert dict(after_end("job-1", PARTLY)) == {
        "Fetch files": "batchbell fetch -- job-1",
        "Write a file of the rest": "batchbell retry -- job-1",
    }
    assert dict(after_end("job-1", WHOLE)) == {"Fetch files": "batchbell fetch -- job-1"}
    assert dict(after_end("job-1", ResultsFacts())) == {}


def test_of_nothing_that_succeeded_only_errors_are_fetched_and_all_is_sent_again() -> None:
    again = {"Write a file of all requests": "batchbell retry -- job-1"}
    failed = ResultsFacts(verdict=Verdict.EMPTY, requests=9, succeeded=0, failed=8, missing=1)
    assert dict(after_end("job-1", failed)) == {
        "Fetch its errors": "batchbell fetch -- job-1",
        **again,
    }
    assert dict(after_end("job-1", replace(failed, failed=0, missing=9))) == again


def test_answers_that_are_empty_or_cut_are_sent_again_by_a_command_of_their_own() -> None:
    def again(empty: int, truncated: int) -> tuple[str, str]:
        return [*after_end("job-1", replace(WHOLE, empty=empty, truncated=truncated))][-1]

    command = "batchbell retry --include"
    both = f"{command} empty,truncated -- job-1"
    assert again(1, 1) == ("Write a file of the empty and cut", both)
    assert again(1, 0) == ("Write a file of the empty", f"{command} empty -- job-1")
    assert again(0, 1) == ("Write a file of the cut", f"{command} truncated -- job-1")
    # A second file of the same name would replace the first.
    rest = [*after_end("job-1", replace(PARTLY, truncated=2))][1:]
    command = "batchbell retry --include failed,missing,truncated -- job-1"
    assert rest == [("Write a file of the rest and cut", command)]
    every = [*after_end("job-1", replace(PARTLY, empty=1, truncated=2))][1:]
    command = "batchbell retry --include failed,missing,empty,truncated -- job-1"
    assert every == [("Write a file of the rest, empty and cut", command)]


@pytest.mark.parametrize(
    ("results", "repair"),
    [
        (PARTLY, ""),
        (replace(PARTLY, empty=2), ""),
        (replace(PARTLY, truncated=2), "raise max_tokens of the 2 cut"),
        (
            replace(PARTLY, failed=3, need_repair=1),
            "1 in it needs repair, --skip-repair leaves it out",
        ),
        (
            replace(PARTLY, failed=3, need_repair=2, causes=(TOO_LONG,), causes_to_repair=1),
            "2 in it need repair (too long), --skip-repair leaves them out",
        ),
        (replace(PARTLY, failed=2, missing=0, need_repair=2), "2 in it need repair"),
        (
            replace(PARTLY, need_repair=1, truncated=2),
            "1 in it needs repair, --skip-repair leaves it out; raise max_tokens of the 2 cut",
        ),
    ],
)
def test_what_is_sent_again_is_repaired_first_and_then_submitted(
    results: ResultsFacts, repair: str
) -> None:
    submit = {"Submit it": "retry prints the command for it"}
    assert dict(by_hand(results)) == ({"Repair it": repair} if repair else {}) | submit


def test_where_nothing_is_sent_again_nothing_is_done_by_hand() -> None:
    for results in (WHOLE, ResultsFacts(), replace(PARTLY, requests=None)):
        assert [*by_hand(results)] == []


def test_files_that_nobody_counted_are_fetched_too() -> None:
    assert commands(ENDED) == ["batchbell fetch -- job-1"]
    assert commands(ENDED, ResultsFacts()) == ["batchbell fetch -- job-1"]
    assert commands(ENDED, PARTLY) == ["batchbell fetch -- job-1", "batchbell retry -- job-1"]
    assert commands(BatchJob(id="job-1", status="FAILED")) == []


@pytest.mark.parametrize("status", ["FAILED", "EXPIRED", "CANCELLED", "COMPLETED"])
def test_of_a_job_that_left_no_file_all_requests_are_written_again(status: str) -> None:
    lost = BatchJob(id="job-1", status=status, input_file_id="file-i")
    assert dict(once_more(lost)) == {"Write a file of all requests": "batchbell retry -- job-1"}
    assert commands(lost) == ["batchbell retry -- job-1"]
    others = (
        replace(lost, output_file_id="file-o"),
        replace(lost, error_file_id="file-e"),
        replace(lost, input_file_id=None),
        replace(lost, status="IN_PROGRESS"),
        replace(lost, id="a b"),
    )
    for job in others:
        assert [*once_more(job)] == []


def test_a_job_that_runs_is_cancelled_where_that_is_a_choice() -> None:
    assert commands(RUNNING, cancels=True) == [
        "batchbell cancel -- job-1",
        "batchbell retry -- job-1",
    ]
    assert dict(to_cancel(RUNNING)) == {
        "Cancel it": "batchbell cancel -- job-1",
        "Write a file of the rest": "batchbell retry -- job-1",
    }
    assert commands(RUNNING) == []


@pytest.mark.parametrize("status", ["COMPLETED", "CANCELING"])
def test_what_does_not_run_on_is_not_cancelled(status: str) -> None:
    assert [*to_cancel(replace(RUNNING, status=status))] == []


def test_an_open_failure_is_acknowledged_last() -> None:
    assert [*as_it_stands(ENDED, None, cancels=False, is_open_failure=True)] == [
        ("Fetch files", "batchbell fetch -- job-1"),
        ("Take it off the list", "batchbell ack -- job-1"),
    ]


@pytest.mark.parametrize("job_id", UNSAFE)
def test_an_id_that_could_do_harm_in_a_shell_gets_no_command(job_id: str) -> None:
    assert [*after_end(job_id, PARTLY)] == []
    for status, cancels in (("FAILED", False), ("IN_PROGRESS", True)):
        job = BatchJob(id=job_id, status=status, output_file_id="file-o")
        assert [*as_it_stands(job, PARTLY, cancels=cancels, is_open_failure=True)] == []
