"""The verdict on an ended job's results, in words: nothing is said that was not counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchbell.core.event import EventKind, Severity
from batchbell.core.example_events import sample
from batchbell.core.facts import CauseFacts, Facts, ResultsFacts
from batchbell.core.results.counts import Verdict
from batchbell.messages.facts_json import facts_from_json, facts_json
from batchbell.messages.headline import headline
from batchbell.messages.results_words import (
    answer_words,
    cause_words,
    token_words,
    verdict_words,
)
from tests.fakes import START

ALL = ResultsFacts(verdict=Verdict.COMPLETE, requests=1_000, succeeded=1_000, failed=0, missing=0)
SOME = replace(ALL, verdict=Verdict.PARTIAL, succeeded=950, failed=40, missing=10)


@pytest.mark.parametrize(
    ("results", "words"),
    [
        (ResultsFacts(), ""),
        (ALL, "1,000 of 1,000 ok"),
        (SOME, "950 of 1,000 ok, 40 failed, 10 missing"),
        (replace(ALL, requests=0, succeeded=0), "no requests"),
        (
            replace(ALL, duplicated=1, foreign=2, unreadable=1),
            "1,000 of 1,000 ok, 1 answered twice, 2 lines of other requests, 1 line unreadable",
        ),
        (
            ResultsFacts(verdict=Verdict.UNKNOWN, succeeded=950, failed=40),
            "950 ok, 40 failed, of how many is not known",
        ),
        (
            ResultsFacts(verdict=Verdict.UNKNOWN, requests=1_000, succeeded=950),
            "950 of 1,000 ok, what is missing is not known",
        ),
        (ResultsFacts(verdict=Verdict.UNKNOWN), "results not counted"),
        (
            ResultsFacts(verdict=Verdict.UNKNOWN, reason="over 1 GB"),
            "results not counted: over 1 GB",
        ),
    ],
)
def test_a_verdict_says_what_was_counted_and_what_was_not(
    results: ResultsFacts, words: str
) -> None:
    assert verdict_words(results) == words


def test_causes_tokens_and_answers_are_said_in_short() -> None:
    causes = (CauseFacts(count=1_030, code="429", message="Too many"), CauseFacts(count=1))
    assert cause_words(causes) == "1,030 429: Too many; 1 without a reason"
    assert token_words(SOME) == ""
    assert token_words(replace(SOME, total_tokens=1_200)) == "1,200"
    asked = replace(SOME, total_tokens=1_200, prompt_tokens=1_000, completion_tokens=200)
    assert token_words(asked) == "1,200 (1,000 in, 200 out)"
    assert (
        answer_words(replace(SOME, empty=3, truncated=2)) == "3 empty, 2 cut at their token limit"
    )


@pytest.mark.parametrize(
    ("kind", "results", "severity"),
    [
        (EventKind.COMPLETED, ResultsFacts(), Severity.SUCCESS),
        (EventKind.COMPLETED, ALL, Severity.SUCCESS),
        (EventKind.COMPLETED, SOME, Severity.WARNING),
        (EventKind.COMPLETED, replace(ALL, foreign=1), Severity.WARNING),
        (EventKind.COMPLETED, ResultsFacts(verdict=Verdict.UNKNOWN), Severity.SUCCESS),
        (EventKind.FAILED, SOME, Severity.FAILURE),
        (EventKind.RESULTS, ALL, Severity.SUCCESS),
        (EventKind.RESULTS, SOME, Severity.WARNING),
    ],
)
def test_what_did_not_come_back_whole_is_a_warning(
    kind: EventKind, results: ResultsFacts, severity: Severity
) -> None:
    event = replace(sample(kind, START), facts=Facts(results=results))
    assert event.severity is severity


def test_an_end_says_its_verdict_in_its_headline() -> None:
    event = sample(EventKind.COMPLETED, START)
    told = replace(event, facts=replace(event.facts, results=SOME))
    name = "nightly-eval (Llama-3.3-70B)"
    assert headline(told) == f"COMPLETED: {name}, 950 of 1,000 ok, 40 failed, 10 missing"


def test_a_failed_job_says_its_error_first() -> None:
    event = sample(EventKind.FAILED, START)
    told = replace(event, facts=replace(event.facts, results=SOME))
    assert headline(told) == headline(event)


def test_what_is_stored_of_results_is_read_as_it_was() -> None:
    causes = (CauseFacts(count=40, code="429", message="Too many: wait"), CauseFacts(count=1))
    facts = Facts(results=replace(SOME, cost="0.53", causes=causes, reason="why"))
    stored = facts_json(replace(sample(EventKind.RESULTS, START), facts=facts))
    assert facts_from_json(stored) == facts


@pytest.mark.parametrize("name", ["verdict", "causes"])
def test_what_no_version_wrote_of_results_is_kept_as_it_is(name: str) -> None:
    assert facts_from_json({name: "?"}).others == {name: "?"}
