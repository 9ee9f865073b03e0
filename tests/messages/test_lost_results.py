"""A job that completed, and of which nobody will know what came back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.facts import Facts, ResultsFacts
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Verdict
from batchbell.messages.build import build_message
from batchbell.messages.remedy import Asks
from batchbell.messages.view import View
from batchbell.providers.together.words import WORDS

NOW = datetime(2026, 11, 23, 14, 38, tzinfo=UTC)
REASON = f"the output file can't be had: {'the receiver does not know what was asked for; ' * 3}404"
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
    assert told["What to do"] == "Ask Together for its files; what came back is not known."
    assert told["Look closer"] == "batchbell results -- one"
    assert not any("batchbell fetch" in fact.text for fact in lost.facts)
    assert good.asks is Asks.DONE


def test_the_loss_and_its_end_are_one_entry_in_one_message() -> None:
    (entry,) = build_message([END, replace(LOSS, kind=EventKind.RESULTS), LOSS], VIEW).entries
    assert entry.headline.startswith(f"RESULTS LOST: {NAME} (one), the output file can't be had")
    assert entry.severity is Severity.FAILURE
    told = {fact.label: fact.text for fact in entry.facts}
    assert told["Earlier"] == "completed at 12:38 UTC"
    assert "Not counted" not in told
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
