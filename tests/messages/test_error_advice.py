"""What helps with a job that failed, by what its error says."""

from __future__ import annotations

import pytest

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts
from batchbell.core.job import BatchJob
from batchbell.messages.build import build_message
from batchbell.messages.error_advice import by_error, may_be_in_others, named_line
from batchbell.messages.fact import DEEDS
from tests.fakes import START


def failed(error: str | None, account: str = "default") -> Event:
    return Event(
        kind=EventKind.FAILED,
        account=account,
        job_id="job-1",
        job=BatchJob(id="job-1", status="FAILED", error=error, input_file_id="file-i"),
        happened_at=START,
        seen_at=START,
        facts=Facts(input_file="nightly.jsonl"),
    )


def steps(event: Event) -> list[str]:
    (entry,) = build_message([event]).entries
    return [f"{each.label}: {each.text}" for each in entry.shown if each.role in DEEDS]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("line 3: invalid JSON", "Repair line 3, submit again"),
        ("internal error, please try again later", "Submit it again later"),
        ("model `x` is not available for batch", "Change the model, submit again"),
        ("insufficient funds", "Add credit, submit it again"),
        ("quota reached", "Add credit, submit it again"),
        ("no worker took it", "Read the error, submit again"),
        (None, "Submit it again"),
    ],
)
def test_a_failure_says_what_to_do_by_its_error(error: str | None, expected: str) -> None:
    assert by_error(failed(error)).in_short == expected


def test_credit_is_added_before_anything_is_written() -> None:
    event = failed("insufficient funds", "research")
    assert steps(event) == [
        "1 Add credit: to the account research, or raise its limit",
        "2 Write a file of all requests: batchbell retry -- job-1",
        "3 Submit it: retry prints the command for it",
    ]
    (entry,) = build_message([event, failed("insufficient funds")]).entries[:1]
    commands = [each.label for each in entry.ways]
    assert commands == ["Write a file of all requests, then run the command it prints"]


def test_of_a_field_that_is_alike_in_each_line_the_others_are_checked_too() -> None:
    event = failed("line 1: model a/b does not allow max_tokens above 16384")
    helps = "Repair line 1 of nightly.jsonl, check the others for the same, and submit it again."
    assert by_error(event).text == helps
    line = "2 Repair it: line 1 (the same line as in nightly.jsonl); check the others for the same"
    assert steps(event)[1] == line
    line = "2 Repair it: line 3 (the same line as in nightly.jsonl)"
    assert steps(failed("line 3: invalid JSON"))[1] == line


@pytest.mark.parametrize(
    "error", ["line 1: max_tokens is too large", "line 1: unknown parameter `top_q`"]
)
def test_what_is_set_alike_in_each_line_is_likely_to_be_wrong_in_others(error: str) -> None:
    assert may_be_in_others(error)


@pytest.mark.parametrize(
    "error",
    [
        "line 212: invalid JSON",
        "line 57: custom_id 'req-12' is not unique",
        "line 9: messages must not be empty",
    ],
)
def test_what_each_line_has_of_its_own_is_not(error: str) -> None:
    assert not may_be_in_others(error)


def test_an_error_that_begins_with_a_line_says_what_is_wrong_there() -> None:
    assert named_line("line 212: invalid JSON") == ("212", "invalid JSON")
    assert named_line("see line 212: invalid JSON") == ("212", "")
    assert named_line("insufficient funds") is None
