"""A job that completed, and of which nobody will know what came back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.facts import Facts, ResultsFacts
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Verdict
from batchbell.messages.advice import what_to_do
from batchbell.messages.build import build_message
from batchbell.messages.fact import DEEDS
from batchbell.messages.job_commands import as_it_stands
from batchbell.messages.job_step import JobStep
from batchbell.messages.prospect_decision import Act
from batchbell.messages.remedy import Asks
from batchbell.messages.results_loss import loss_in_short, lost_file
from batchbell.messages.view import View
from batchbell.providers.together.words import WORDS

NOW = datetime(2026, 11, 23, 14, 38, tzinfo=UTC)
ANSWER = "host has no such thing (404: file not found)"
REASON = f"the output file can't be had: {ANSWER}"
HELPS = "Ask Together for the output file file-1, or submit it again: what came back is not known."
NAME = "recorded-calls-of-the-hotline-week-47"
LOST = ResultsFacts(verdict=Verdict.UNKNOWN, reason=REASON)
END = Event(
    kind=EventKind.COMPLETED,
    account="default",
    job_id="one",
    qualifier="end:COMPLETED",
    happened_at=NOW - timedelta(hours=2),
    seen_at=NOW - timedelta(hours=2),
    job=BatchJob(id="one", status="COMPLETED", output_file_id="file-1"),
    facts=Facts(input_file=f"{NAME}.jsonl", results=LOST),
)
GOOD = replace(END, job_id="two", facts=Facts(input_file="two.jsonl"))
LOSS = replace(END, kind=EventKind.RESULTS_LOST, happened_at=NOW, seen_at=NOW)
VIEW = View(now=NOW, page_url="https://bell.example.com", provider=WORDS)


def test_a_completion_whose_results_are_lost_is_looked_into_and_not_done() -> None:
    lost, good = build_message([GOOD, END], VIEW).entries
    assert (lost.asks, lost.heading) == (Asks.LOOK, "Look into (1)")
    assert lost.severity is Severity.WARNING
    assert lost.headline == f"COMPLETED: {NAME} (one), results not counted"
    told = {fact.label: fact.text for fact in lost.digest_facts}
    assert told["Not counted"] == REASON
    assert told["What to do"] == HELPS
    assert told["Look again"] == "batchbell results -- one"
    assert not any("batchbell fetch" in fact.text for fact in lost.digest_facts)
    assert good.asks is Asks.DONE


def test_the_loss_and_its_end_are_one_entry_in_one_message() -> None:
    (entry,) = build_message([END, replace(LOSS, kind=EventKind.RESULTS), LOSS], VIEW).entries
    assert entry.headline == f"RESULTS LOST: {NAME} (one), output file not found (404)"
    assert entry.severity is Severity.FAILURE
    told = {fact.label: fact.text for fact in entry.facts}
    assert told["Earlier"] == "completed at 12:38 UTC"
    assert told["Not counted"] == REASON
    assert [each.kind for each in entry.before] == [EventKind.COMPLETED, EventKind.RESULTS]


def test_of_a_job_that_expired_its_end_is_told_before_the_loss_and_keeps_its_commands() -> None:
    expired = replace(
        END,
        kind=EventKind.EXPIRED,
        qualifier="end:EXPIRED",
        job=BatchJob(id="one", status="EXPIRED", output_file_id="file-1"),
    )
    loss = replace(expired, kind=EventKind.RESULTS_LOST, seen_at=NOW)
    (entry,) = build_message([loss, expired], VIEW).entries
    assert entry.kind is EventKind.EXPIRED
    assert any("batchbell fetch" in fact.text for fact in entry.facts)


def test_the_loss_of_another_end_is_an_entry_of_its_own() -> None:
    other = replace(END, qualifier="end:FAILED", kind=EventKind.FAILED)
    assert len(build_message([LOSS, other], VIEW).entries) == 2


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (REASON, "output file not found (404)"),
        ("the errors file can't be had: host is down (503: busy)", "error file can't be had (503)"),
        ("the output file can't be had: no connection to host", "output file can't be had"),
        (
            "the output file was not found (404) for 24h",
            "the output file was not found (404) for 24h",
        ),
        ("the odd file can't be had: (404)", "the odd file can't be had: (404)"),
        ("", ""),
    ],
)
def test_a_loss_is_short_enough_for_a_title(reason: str, said: str) -> None:
    assert loss_in_short(reason) == said


def test_the_file_to_ask_for_is_named_where_its_id_is_known() -> None:
    job = BatchJob(id="one", output_file_id="file-1", error_file_id="file-2")
    assert lost_file(job, "the errors file can't be had: x") == "the error file file-2"
    assert lost_file(job, "gone") == "the output file file-1"
    assert lost_file(BatchJob(id="one"), REASON) == ""
    assert lost_file(None, REASON) == ""
    assert lost_file(job, "the input file can't be had: x") == ""
    assert lost_file(job, "the odd file can't be had: x") == ""
    loss = replace(LOSS, job=BatchJob(id="one", status="COMPLETED"))
    helps = "Ask Together for its files, or submit it again: what came back is not known."
    assert what_to_do(loss, WORDS) == helps


def test_a_loss_says_step_by_step_what_to_do_and_what_costs_comes_last() -> None:
    job = replace(LOSS.job or BatchJob(id="one"), input_file_id="file-i")
    (entry,) = build_message([replace(LOSS, job=job)], VIEW).entries
    steps = [f"{each.label}: {each.text}" for each in entry.shown if each.role in DEEDS]
    assert steps == [
        "1 Look again: batchbell results -- one",
        "2 Ask Together: at https://www.together.ai/contact, for the output file file-1",
        "3 Fetch its files, once they are there again: batchbell fetch -- one",
        "4 Else write a file of all requests: batchbell retry --include all -- one",
        "5 Submit it: retry prints the command for it",
    ]
    unsafe = replace(job, id="--all", output_file_id=None)
    (entry,) = build_message([replace(LOSS, job_id="--all", job=unsafe)], VIEW).entries
    steps = [f"{each.label}: {each.text}" for each in entry.shown if each.role in DEEDS]
    assert steps == ["1 Ask Together: at https://www.together.ai/contact, for its files"]


def test_what_the_api_does_not_have_is_fetched_once_it_has() -> None:
    job = END.job
    assert job is not None
    look, later = as_it_stands(job, LOST, act=Act.LET_RUN, asks_for_ack=False)
    assert look.text == "batchbell results -- one"
    assert later == JobStep("Fetch its files, once they are there again", "batchbell fetch -- one")
    (fetch,) = as_it_stands(job, ResultsFacts(), act=Act.LET_RUN, asks_for_ack=False)
    assert fetch.text == "batchbell fetch -- one"
