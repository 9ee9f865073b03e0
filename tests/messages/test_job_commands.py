from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from batchbell.core.facts import CauseFacts, ResultsFacts
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Verdict
from batchbell.messages.job_commands import (
    after_end,
    as_it_stands,
    once_more,
    to_cancel,
)
from batchbell.messages.job_step import JobStep, in_brief, in_order
from batchbell.messages.prospect_decision import Act
from batchbell.messages.remedy import ByHand

if TYPE_CHECKING:
    from collections.abc import Iterable

ENDED = BatchJob(id="job-1", status="COMPLETED", output_file_id="file-o")
RUNNING = BatchJob(id="job-1", status="IN_PROGRESS")
PARTLY = ResultsFacts(verdict=Verdict.PARTIAL, requests=9, succeeded=7, failed=1, missing=1)
TOO_LONG = CauseFacts(count=2, code="context_length_exceeded")
WHOLE = ResultsFacts(verdict=Verdict.COMPLETE, requests=9, succeeded=9, failed=0, missing=0)
#: What a shell, or a chat system on the way to it, would take for something else.
UNSAFE = ("a b", "-x", "--config=f", "$(id)", "`id`", "a;b", "a'b", "")


LEAVING = "with the command that retry prints"
RAISE_ONE = "raise max_tokens of the 1 cut answer"
SUBMIT = {"Submit it": "retry prints the command for it"}


def told(steps: Iterable[JobStep]) -> dict[str, str]:
    return {step.label: step.text for step in steps}


def commands(
    job: BatchJob, results: ResultsFacts | None = None, *, act: Act = Act.LET_RUN
) -> list[str]:
    found = as_it_stands(job, results, act=act, asks_for_ack=False)
    return [step.text for step in found if step.is_command]


def test_what_came_back_is_fetched_and_only_what_did_not_is_sent_again() -> None:
    assert told(after_end("job-1", PARTLY)) == {
        "Fetch files": "batchbell fetch -- job-1",
        "Write a file of the rest": "batchbell retry -- job-1",
        **SUBMIT,
    }
    assert told(after_end("job-1", WHOLE)) == {"Fetch files": "batchbell fetch -- job-1"}
    assert told(after_end("job-1", ResultsFacts())) == {}
    assert told(after_end("job-1", replace(PARTLY, requests=None))) == {
        "Fetch files": "batchbell fetch -- job-1"
    }


def test_of_nothing_that_succeeded_only_errors_are_fetched_and_all_is_sent_again() -> None:
    again = {"Write a file of all requests": "batchbell retry -- job-1", **SUBMIT}
    failed = ResultsFacts(verdict=Verdict.EMPTY, requests=9, succeeded=0, failed=8, missing=1)
    assert told(after_end("job-1", failed)) == {
        "Fetch its errors": "batchbell fetch -- job-1",
        **again,
    }
    assert told(after_end("job-1", replace(failed, failed=0, missing=9))) == again


@pytest.mark.parametrize(
    ("results", "label", "include"),
    [
        (
            replace(WHOLE, empty=1, truncated=1),
            "the empty answers and the cut answers",
            "empty,truncated",
        ),
        (replace(WHOLE, empty=1), "the empty answers", "empty"),
        (replace(WHOLE, truncated=1), "the cut answers", "truncated"),
        # A second file of the same name would replace the first.
        (
            replace(PARTLY, truncated=2),
            "the rest and the cut answers",
            "failed,missing,truncated",
        ),
        (
            replace(PARTLY, empty=1, truncated=2),
            "the rest, the empty answers and the cut answers",
            "failed,missing,empty,truncated",
        ),
        # What there is none of is not asked for.
        (replace(PARTLY, missing=0, empty=1), "the rest and the empty answers", "failed,empty"),
    ],
)
def test_answers_that_are_empty_or_cut_are_sent_again_by_a_command_of_their_own(
    results: ResultsFacts, label: str, include: str
) -> None:
    step = [*after_end("job-1", results)][1]
    command = f"batchbell retry --include {include} -- job-1"
    assert step == JobStep(f"Write a file of {label}", command)


@pytest.mark.parametrize(
    ("results", "repair"),
    [
        (PARTLY, ""),
        (replace(PARTLY, empty=2), ""),
        (replace(PARTLY, truncated=2), "raise max_tokens of the 2 cut answers"),
        (
            replace(PARTLY, failed=3, need_repair=1),
            f"1 request of it, or leave it out {LEAVING}",
        ),
        (
            replace(PARTLY, failed=3, need_repair=2, causes=(TOO_LONG,), causes_to_repair=1),
            f"2 requests of it, or leave them out {LEAVING}",
        ),
        (replace(PARTLY, failed=2, missing=0, need_repair=2), "2 requests of it"),
        (
            replace(PARTLY, need_repair=1, truncated=1),
            f"1 request of it, or leave it out {LEAVING}; {RAISE_ONE}",
        ),
    ],
)
def test_what_is_sent_again_is_repaired_first_and_then_submitted(
    results: ResultsFacts, repair: str
) -> None:
    by_hand = [step for step in after_end("job-1", results) if not step.is_command]
    assert told(by_hand) == ({"Repair it": repair} if repair else {}) | SUBMIT


def test_files_that_nobody_counted_are_fetched_too() -> None:
    assert commands(ENDED) == ["batchbell fetch -- job-1"]
    assert commands(ENDED, ResultsFacts()) == ["batchbell fetch -- job-1"]
    assert commands(ENDED, PARTLY) == ["batchbell fetch -- job-1", "batchbell retry -- job-1"]
    assert commands(BatchJob(id="job-1", status="FAILED")) == []


@pytest.mark.parametrize("status", ["FAILED", "EXPIRED", "CANCELLED", "COMPLETED"])
def test_of_a_job_that_left_no_file_all_requests_are_written_again(status: str) -> None:
    lost = BatchJob(id="job-1", status=status, input_file_id="file-i")
    again = {"Write a file of all requests": "batchbell retry -- job-1"}
    assert told(once_more(lost)) == again | SUBMIT
    assert (
        told(once_more(lost, ByHand(repair="line 3"))) == again | {"Repair it": "line 3"} | SUBMIT
    )
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
    assert commands(RUNNING, act=Act.CANCEL_NOW) == [
        "batchbell cancel -- job-1",
        "batchbell fetch -- job-1",
        "batchbell retry -- job-1",
        "batchbell ack -- job-1",
    ]
    assert commands(RUNNING) == []


def test_what_is_done_is_fetched_and_the_rest_is_sent_again_once_it_is_cancelled() -> None:
    cancel = {"Cancel it": "batchbell cancel -- job-1"}
    assert told(to_cancel(RUNNING, Act.CANCEL_NOW)) == {
        **cancel,
        "Fetch what is done, once it is cancelled": "batchbell fetch -- job-1",
        "Write a file of the rest": "batchbell retry -- job-1",
        **SUBMIT,
    }
    assert told(to_cancel(replace(RUNNING, progress=0.0), Act.CANCEL_NOW)) == {
        **cancel,
        "Write a file of all requests, once it is cancelled": "batchbell retry -- job-1",
        **SUBMIT,
    }


def test_what_is_cancelled_later_if_at_all_has_no_steps_to_follow() -> None:
    later = {"Only if it has not moved by then, cancel it": "batchbell cancel -- job-1"}
    assert told(to_cancel(RUNNING, Act.CANCEL_LATER)) == later
    assert commands(RUNNING, act=Act.CANCEL_LATER) == [*later.values()]
    assert commands(RUNNING, act=Act.WAIT) == []


def test_a_digest_has_what_is_done_by_hand_behind_the_last_command() -> None:
    *_, last = in_brief(after_end("job-1", replace(PARTLY, truncated=1)))
    named = (
        "Write a file of the rest and the cut answers, then repair it and run the command it prints"
    )
    assert last.label == named
    assert in_brief(after_end("job-1", WHOLE)) == [*after_end("job-1", WHOLE)]
    assert in_brief([]) == []


def test_steps_have_numbers_where_they_go_beyond_commands() -> None:
    fetch, ack = JobStep("Fetch files", "batchbell fetch -- job-1"), JobStep("Take it off", "ack")
    assert in_order([fetch, ack]) == [fetch, ack]
    by_hand = JobStep("Submit it", "retry prints the command", is_command=False)
    assert [step.label for step in in_order([fetch, by_hand, ack])] == [
        "1 Fetch files",
        "2 Submit it",
        "3 Take it off",
    ]


@pytest.mark.parametrize("status", ["COMPLETED", "CANCELING"])
def test_what_does_not_run_on_is_not_cancelled(status: str) -> None:
    assert [*to_cancel(replace(RUNNING, status=status), Act.CANCEL_NOW)] == []


def test_an_open_failure_is_acknowledged_last() -> None:
    assert as_it_stands(ENDED, None, act=Act.LET_RUN, asks_for_ack=True) == [
        JobStep("Fetch files", "batchbell fetch -- job-1"),
        JobStep("Take it off the list", "batchbell ack -- job-1"),
    ]


@pytest.mark.parametrize("job_id", UNSAFE)
def test_an_id_that_could_do_harm_in_a_shell_gets_no_command(job_id: str) -> None:
    assert [*after_end(job_id, PARTLY)] == []
    for status, act in (("FAILED", Act.LET_RUN), ("IN_PROGRESS", Act.CANCEL_NOW)):
        job = BatchJob(id=job_id, status=status, output_file_id="file-o")
        assert [*as_it_stands(job, PARTLY, act=act, asks_for_ack=True)] == []


def test_files_that_could_not_be_had_are_asked_for_before_all_of_it_is_sent_again() -> None:
    lost = ResultsFacts(verdict=Verdict.UNKNOWN, reason="the output file can't be had: HTTP 404")
    ask = ByHand("Ask Together", "for the output file file-o")

    def steps(job: BatchJob) -> list[JobStep]:
        return as_it_stands(job, lost, act=Act.LET_RUN, asks_for_ack=True, by_hand=ask)

    assert steps(replace(ENDED, input_file_id="file-i")) == [
        JobStep("1 Look again", "batchbell results -- job-1"),
        JobStep("2 Ask Together", "for the output file file-o", is_command=False),
        JobStep("3 Fetch its files, once they are there again", "batchbell fetch -- job-1"),
        JobStep("4 Else write a file of all requests", "batchbell retry --include all -- job-1"),
        JobStep("5 Submit it", SUBMIT["Submit it"], is_command=False),
        JobStep("6 Take it off the list", "batchbell ack -- job-1"),
    ]
    (only,) = steps(replace(ENDED, id="a b", output_file_id=None))
    assert only == JobStep("1 Ask Together", "for the output file file-o", is_command=False)


def test_one_that_has_vanished_is_looked_for_before_it_is_sent_again() -> None:
    ask = ByHand("Ask Together", "where it is, with its id")

    def steps(job: BatchJob, by_hand: ByHand = ask) -> list[JobStep]:
        return as_it_stands(
            job, None, act=Act.LET_RUN, asks_for_ack=False, has_vanished=True, by_hand=by_hand
        )

    assert steps(replace(RUNNING, input_file_id="file-i")) == [
        JobStep("1 Look again", "batchbell show -- job-1"),
        JobStep("2 Ask Together", "where it is, with its id: job-1", is_command=False),
        JobStep(
            "3 If it is gone, write a file of all requests",
            "batchbell retry --include all -- job-1",
        ),
        JobStep("4 Submit it", SUBMIT["Submit it"], is_command=False),
        JobStep("5 Once that is known, silence it", "batchbell mute --for 2d -- job-1"),
    ]
    labels = [step.label for step in steps(RUNNING)]
    assert labels == ["1 Look again", "2 Ask Together", "3 Once that is known, silence it"]
    assert steps(RUNNING, ByHand())[0].label == "Look again"
    assert steps(replace(RUNNING, id="$(id)")) == [
        JobStep("1 Ask Together", "where it is, with its id", is_command=False)
    ]
    assert [step.label for step in steps(ENDED)] == ["Fetch files"]
