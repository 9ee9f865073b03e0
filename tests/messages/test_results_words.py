"""The verdict on an ended job's results, in words: nothing is said that was not counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.example_events import JOB_ID, sample
from batchbell.core.facts import CauseFacts, Facts, ResultsFacts
from batchbell.core.provider import ANY_PROVIDER
from batchbell.core.results.counts import Verdict
from batchbell.messages.advice import what_helps_now, what_to_do
from batchbell.messages.build import build_message
from batchbell.messages.command_details import closer_look
from batchbell.messages.details import details_of
from batchbell.messages.entry import TITLE_LIMIT
from batchbell.messages.fact import COMMANDS, Role
from batchbell.messages.facts_json import facts_from_json, facts_json
from batchbell.messages.headline import headline
from batchbell.messages.plain_text import local_time_near
from batchbell.messages.remedy import Asks
from batchbell.messages.results_words import (
    answer_words,
    cause_lines,
    cause_words,
    causes_in_short,
    cost_words,
    token_words,
    uncounted_words,
    verdict_words,
)
from batchbell.messages.view import PLAIN_VIEW
from batchbell.providers.together.words import WORDS
from tests.fakes import START

ALL = ResultsFacts(verdict=Verdict.COMPLETE, requests=1_000, succeeded=1_000, failed=0, missing=0)
SOME = replace(ALL, verdict=Verdict.PARTIAL, succeeded=950, failed=40, missing=10)


@pytest.mark.parametrize(
    ("results", "words"),
    [
        (ResultsFacts(), ""),
        (ALL, "1,000 of 1,000 ok"),
        (SOME, "950 of 1,000 ok, 40 failed, 10 missing"),
        (replace(ALL, empty=18, truncated=73), "909 to 927 of 1,000 whole, 18 empty, 73 cut"),
        (replace(ALL, empty=1_000, truncated=3), "0 of 1,000 whole, 1,000 empty, 3 cut"),
        (replace(SOME, truncated=5), "945 of 1,000 whole, 40 failed, 10 missing, 5 cut"),
        (
            ResultsFacts(verdict=Verdict.UNKNOWN, succeeded=9, empty=1),
            "8 whole, 1 empty, of how many is not known",
        ),
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
    of_them = replace(SOME, failed=1_031, causes=causes)
    assert cause_words(of_them) == "1,030 \u00d7 429: Too many; 1 \u00d7 without a reason"
    more = replace(of_them, failed=1_087, causes_to_repair=1)
    assert cause_words(more) == (
        "1,030 \u00d7 429: Too many (repair); 1 \u00d7 without a reason; 56 \u00d7 others"
    )
    assert cause_words(replace(more, causes=())) == ""
    assert cause_lines(replace(more, causes=())) == []
    assert token_words(SOME) == ""
    assert token_words(replace(SOME, total_tokens=1_200)) == "1,200"
    asked = replace(SOME, total_tokens=1_200, prompt_tokens=1_000, completion_tokens=200)
    assert token_words(asked) == "1,200 (1,000 in, 200 out)"
    assert (
        answer_words(replace(SOME, empty=3, truncated=2)) == "3 empty, 2 cut at their token limit"
    )


def test_each_cause_has_its_line_with_what_it_asks_for() -> None:
    causes = (
        CauseFacts(count=14, code="too_long", message="Input is too long"),
        CauseFacts(count=18, code="429", message="Rate limit exceeded"),
        CauseFacts(count=5, code="odd"),
    )
    results = replace(SOME, failed=43, causes=causes, causes_to_repair=1)
    known = replace(results, need_repair=14, resend_helps=23)
    first, second, third = (
        "14 \u00d7 too_long: Input is too long \u00b7 repair",
        "18 \u00d7 429: Rate limit exceeded",
        "5 \u00d7 odd",
    )
    assert cause_lines(results) == [first, second, third, "6 \u00d7 others"]
    # Of six nobody knows: the five may be among them, the eighteen can't.
    again = f"{second} \u00b7 send again"
    assert cause_lines(known) == [first, again, third, "6 \u00d7 others"]
    event = replace(sample(EventKind.COMPLETED_WITH_ERRORS, START), facts=Facts(results=known))
    (entry,) = build_message([event]).entries
    told = [fact.text for fact in entry.shown if fact.label == "Failed"]
    assert told == [first, again, third, "6 \u00d7 others"]
    (whole,) = [fact.text for fact in entry.digest_facts if fact.label == "Causes"]
    assert whole == "14 too long (repair), 18 rate limited (send again), 5 odd, 6 others"


def test_causes_that_people_call_the_same_are_one_in_a_digest() -> None:
    causes = (
        CauseFacts(count=2, code="429"),
        CauseFacts(count=1_030, code="rate_limit", message="Too many"),
        CauseFacts(count=1, message="m" * 90),
        CauseFacts(count=1),
    )
    words = causes_in_short(replace(SOME, failed=1_034, causes=causes))
    assert words == f"1,032 rate limited, 1 {'m' * 39}…, 1 without a reason"
    assert causes_in_short(replace(SOME, causes=())) == ""


def test_a_cause_that_is_a_number_goes_by_what_it_says_and_nothing_masked_is_shown() -> None:
    causes = (
        CauseFacts(count=18, code="400", message="Invalid \u2026 model"),
        CauseFacts(count=20, message="\u2026"),
        CauseFacts(count=2, code="\u2026"),
    )
    told = replace(SOME, causes=causes)
    assert causes_in_short(told) == "18 Invalid \u2026 model, 22 reason not shown"
    assert cause_lines(told)[1] == "20 \u00d7 reason not shown"


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        ("", ""),
        ("?", ""),
        ("NaN", ""),
        ("0", "0.00 by your prices"),
        ("0.00001", "less than 0.0001 by your prices"),
        ("0.01451875", "0.015 by your prices"),
        ("0.53", "0.53 by your prices"),
        ("0.263", "0.26 by your prices"),
        ("1234.5678", "1,234.57 by your prices"),
    ],
)
def test_a_cost_is_told_as_exactly_as_it_matters(cost: str, words: str) -> None:
    assert cost_words(ResultsFacts(cost=cost)) == words


@pytest.mark.parametrize(
    ("kind", "results", "severity"),
    [
        (EventKind.COMPLETED, ResultsFacts(), Severity.SUCCESS),
        (EventKind.COMPLETED, ALL, Severity.SUCCESS),
        (EventKind.COMPLETED, SOME, Severity.WARNING),
        (EventKind.COMPLETED, replace(ALL, foreign=1), Severity.WARNING),
        (EventKind.COMPLETED, replace(ALL, truncated=1), Severity.WARNING),
        (EventKind.COMPLETED, ResultsFacts(verdict=Verdict.UNKNOWN), Severity.SUCCESS),
        (EventKind.FAILED, SOME, Severity.FAILURE),
        (EventKind.RESULTS, ALL, Severity.SUCCESS),
        (EventKind.RESULTS, SOME, Severity.WARNING),
        (EventKind.RESULTS, replace(ALL, empty=1), Severity.WARNING),
    ],
)
def test_what_did_not_come_back_whole_is_a_warning(
    kind: EventKind, results: ResultsFacts, severity: Severity
) -> None:
    event = replace(sample(kind, START), facts=Facts(results=results))
    assert event.severity is severity


NAME = "nightly-eval (Llama-3.3-70B)"


@pytest.mark.parametrize(
    ("results", "line"),
    [
        (ALL, f"COMPLETED: {NAME} · 1,000 of 1,000 ok"),
        (SOME, f"COMPLETED, 40 FAILED: {NAME} · 950 of 1,000 ok, 10 missing"),
        (replace(SOME, failed=0), f"COMPLETED, 10 MISSING: {NAME} · 950 of 1,000 ok"),
        (
            replace(ALL, empty=21, truncated=6),
            f"COMPLETED, 21 EMPTY: {NAME} · 973 to 979 of 1,000 whole, 6 cut",
        ),
        (replace(ALL, truncated=6), f"COMPLETED, 6 CUT: {NAME} · 994 of 1,000 whole"),
        (replace(ALL, duplicated=1), f"COMPLETED, 1 ANSWERED TWICE: {NAME} · 1,000 of 1,000 ok"),
    ],
)
def test_a_completed_job_that_is_not_whole_says_so_before_its_name(
    results: ResultsFacts, line: str
) -> None:
    assert headline(told(EventKind.COMPLETED, results)) == line


def test_another_end_says_its_verdict_behind_its_name() -> None:
    event = told(EventKind.COMPLETED_WITH_ERRORS, SOME)
    assert headline(event) == (
        f"COMPLETED WITH ERRORS: {NAME} · 950 of 1,000 ok, 40 failed, 10 missing"
    )


def told(kind: EventKind, results: ResultsFacts, **fields: object) -> Event:
    event = sample(kind, START)
    facts = replace(event.facts, results=results)
    return replace(event, facts=facts, **fields)  # type: ignore[arg-type] # any of its fields


def test_no_name_is_so_long_that_the_numbers_are_cut() -> None:
    event = told(EventKind.COMPLETED_WITH_ERRORS, SOME)
    long = replace(event, facts=replace(event.facts, input_file=f"{'nightly-' * 9}eval.jsonl"))
    assert headline(long).endswith(
        "…-nightly-nightly-eval · 950 of 1,000 ok, 40 failed, 10 missing"
    )
    assert len(headline(long)) <= TITLE_LIMIT
    without_name = replace(event, facts=replace(event.facts, input_file=""))
    assert "Llama-3.3-70B · 3f2a9c1e · 950 of" in headline(without_name)


@pytest.mark.parametrize(
    ("results", "words"),
    [
        (ResultsFacts(), ""),
        (SOME, ""),
        (ResultsFacts(awaited_until=START), "its files are not read yet"),
        (
            ResultsFacts(reason="the id of its output is not plain"),
            "the id of its output is not plain",
        ),
        (ResultsFacts(verdict=Verdict.UNKNOWN, reason="over 1 GB"), ""),
        (replace(SOME, verdict=Verdict.UNKNOWN, reason="no input"), "no input"),
    ],
)
def test_it_is_said_why_something_is_not_known(results: ResultsFacts, words: str) -> None:
    assert uncounted_words(results) == words


def test_what_is_not_counted_yet_is_no_success_and_says_what_comes() -> None:
    done = told(EventKind.COMPLETED, ResultsFacts(awaited_until=START))
    (entry,) = build_message([done], replace(PLAIN_VIEW, provider=WORDS)).entries
    assert entry.headline == "COMPLETED: nightly-eval (Llama-3.3-70B), not counted yet"
    assert entry.remedy == "Fetch its output. It is not counted yet: a bad result rings."
    assert (entry.severity, entry.severity_of_event) == (Severity.WARNING, Severity.SUCCESS)
    shown = {fact.label for fact in entry.shown}
    assert {"Fetch files", "Duration", "Not counted"} <= shown
    assert "Fetch output" not in shown


def test_files_that_can_not_be_had_yet_are_waited_for() -> None:
    results = ResultsFacts(tried_until=START + timedelta(hours=2), reason="404")
    (entry,) = build_message([told(EventKind.COMPLETED, results)]).entries
    assert entry.asks is Asks.WATCH
    until = local_time_near(
        START + timedelta(hours=2), told(EventKind.COMPLETED, results).seen_at, zone=UTC
    )
    assert entry.remedy == (
        "Wait: not all of its files can be had yet. They are asked for again until "
        f"{until}; a bad result, or their loss, rings."
    )
    assert ("Not counted", "404") in [(fact.label, fact.text) for fact in entry.shown]
    assert "Fetch files" not in {fact.label for fact in (*entry.shown, *entry.digest_facts)}


CAUSE = CauseFacts(count=1_000, code="400")
TOO_LONG = CauseFacts(count=8, code="context_length_exceeded", message="Input is too long")
NOTHING = replace(SOME, verdict=Verdict.EMPTY, succeeded=0, failed=0, missing=1_000)


@pytest.mark.parametrize(
    ("results", "words"),
    [
        (ALL, "Fetch its output."),
        (SOME, "Fetch its output, and submit what failed and what is missing again."),
        (replace(SOME, missing=0), "Fetch its output, and submit what failed again."),
        (replace(SOME, failed=0), "Fetch its output, and submit what is missing again."),
        (
            replace(ALL, duplicated=1),
            "Fetch its output, and look at the lines that are too many or can't be read.",
        ),
        (NOTHING, "Submit it again: nothing of it came back."),
        (
            replace(NOTHING, failed=1_000, missing=0, causes=(CAUSE,)),
            "Repair what the causes say, and submit it again: nothing succeeded.",
        ),
        (
            replace(NOTHING, failed=990, missing=10, causes=(CAUSE,), resend_helps=990),
            "Submit it again, which helps: nothing succeeded.",
        ),
        (
            replace(NOTHING, failed=990, missing=10, causes=(CAUSE,), need_repair=315),
            "Repair 315 of its 1,000 requests and submit all again: nothing succeeded.",
        ),
        (
            replace(SOME, resend_helps=22, need_repair=18),
            (
                "Fetch its output, repair 18 requests, and submit what failed and what is missing "
                "again."
            ),
        ),
        (
            replace(SOME, need_repair=18, causes=(TOO_LONG, CAUSE), causes_to_repair=1),
            (
                "Fetch its output, repair 18 requests (8 too long, 10 others), and submit what "
                "failed and what is missing again."
            ),
        ),
        (
            replace(SOME, missing=0, need_repair=40, causes=(TOO_LONG,), causes_to_repair=1),
            "Fetch its output, repair what failed (8 too long, 32 others), and submit that again.",
        ),
        (
            replace(SOME, missing=0, resend_helps=39, need_repair=1),
            "Fetch its output, repair 1 request, and submit what failed again.",
        ),
        (
            replace(SOME, missing=0, resend_helps=0, need_repair=40),
            "Fetch its output, repair what failed, and submit that again.",
        ),
        (
            replace(SOME, missing=0, resend_helps=40, need_repair=0),
            "Fetch its output, and submit what failed again.",
        ),
        (
            ResultsFacts(verdict=Verdict.UNKNOWN, succeeded=950, failed=40),
            "Fetch its output, and submit what failed again.",
        ),
        (
            ResultsFacts(verdict=Verdict.UNKNOWN),
            (
                "Ask the provider for the output file file-example-output, or submit it again: "
                "what came back is not known."
            ),
        ),
        (replace(ALL, empty=18), "Fetch its output, and submit the 18 empty answers again."),
        (
            replace(ALL, truncated=1),
            "Fetch its output, raise max_tokens, and submit the 1 cut answer again.",
        ),
        (
            replace(SOME, missing=0, empty=1, truncated=73),
            (
                "Fetch its output, raise max_tokens, and submit what failed and the 1 empty and 73 "
                "cut answers again."
            ),
        ),
        (
            replace(SOME, missing=0, need_repair=40, truncated=2),
            (
                "Fetch its output, repair what failed, raise max_tokens, and submit that and the 2 "
                "cut answers again."
            ),
        ),
    ],
)
def test_what_to_do_about_a_completed_job_follows_from_what_came_back(
    results: ResultsFacts, words: str
) -> None:
    assert what_to_do(told(EventKind.COMPLETED, results), ANY_PROVIDER) == words


def test_a_completed_job_of_which_nothing_succeeded_looks_like_a_failure() -> None:
    whole = told(EventKind.COMPLETED, NOTHING)
    assert whole.severity is Severity.FAILURE
    label, _, rest = headline(whole).partition(": ")
    assert label == "COMPLETED BUT NOTHING SUCCEEDED"
    assert rest.endswith(" · 0 of 1,000 ok, 1,000 missing")
    assert told(EventKind.COMPLETED_WITH_ERRORS, NOTHING).severity is Severity.FAILURE
    # What has no output file has these words only while nothing is counted.
    assert headline(told(EventKind.COMPLETED_EMPTY, NOTHING)) == headline(whole)
    uncounted = told(EventKind.COMPLETED_EMPTY, ResultsFacts())
    assert headline(uncounted).startswith("COMPLETED WITHOUT OUTPUT: ")
    title = build_message([whole, told(EventKind.COMPLETED, ALL, job_id="job-2")]).title
    assert title == "COMPLETED BUT NOTHING SUCCEEDED: nightly-eval; 1 completed"
    assert told(EventKind.CANCELLED, NOTHING).severity is Severity.WARNING


@pytest.mark.parametrize(
    ("kind", "need_repair", "words"),
    [
        (EventKind.EXPIRED, None, "submit the rest again."),
        (EventKind.EXPIRED, 0, "submit the rest again."),
        (EventKind.EXPIRED, 18, "submit the rest again; first repair 18 requests."),
        (
            EventKind.CANCELLED,
            1,
            "submit the rest again if it is still needed; first repair 1 request.",
        ),
    ],
)
def test_a_job_that_was_cut_short_says_how_many_of_the_rest_need_repair(
    kind: EventKind, need_repair: int | None, words: str
) -> None:
    event = told(kind, replace(SOME, need_repair=need_repair))
    assert event.job is not None
    event = replace(event, job=replace(event.job, output_file_id="file-o"))
    assert what_to_do(event, ANY_PROVIDER) == f"Fetch what is done, and {words}"


def test_a_verdict_that_asks_for_nothing_leaves_what_the_end_asks_for() -> None:
    started, expired = sample(EventKind.IN_PROGRESS, START), sample(EventKind.EXPIRED, START)
    uncounted = told(EventKind.RESULTS, ResultsFacts(verdict=Verdict.UNKNOWN))
    counted = told(EventKind.RESULTS, SOME)
    fetch = "Fetch what is done, and submit the rest again."
    assert what_helps_now([started, expired, uncounted], ANY_PROVIDER).text == fetch
    again = "Fetch its output, and submit what failed and what is missing again."
    assert what_helps_now([started, expired, counted], ANY_PROVIDER).text == again
    # What stood before it, if anything, is over.
    assert what_helps_now([expired, started], ANY_PROVIDER).text == ""
    assert what_helps_now([], ANY_PROVIDER).text == ""


def commands(event: Event) -> dict[str, str]:
    """Return the commands that a message about an event has."""
    facts = (fact for fact in details_of(event) if fact.role in COMMANDS and fact.is_shown)
    return {fact.label: fact.text for fact in facts}


@pytest.mark.parametrize("kind", [EventKind.COMPLETED, EventKind.RESULTS])
def test_counted_results_are_fetched_and_sent_again_by_short_commands(kind: EventKind) -> None:
    fetch = {"Fetch files": f"batchbell fetch -- {JOB_ID}"}
    again = {"Write a file of the rest": f"batchbell retry -- {JOB_ID}"}
    assert commands(told(kind, ALL)) == fetch
    assert commands(told(kind, SOME)) == fetch | again
    assert closer_look(told(kind, SOME)) == f"batchbell results -- {JOB_ID}"
    # Without its input nobody knows what to send again.
    assert commands(told(kind, replace(SOME, requests=None))) == fetch


def test_no_command_about_results_has_an_id_that_harms_a_shell() -> None:
    for job_id in ("--config=x", "$(id)", "a b"):
        event = told(EventKind.COMPLETED_WITH_ERRORS, SOME, job_id=job_id)
        job = replace(event.job, id=job_id) if event.job else None
        event = replace(event, job=job)
        assert set(commands(event)) <= {"Fetch output", "Fetch errors"}
        assert closer_look(event) == "batchbell status"
        assert commands(told(EventKind.RESULTS, SOME, job_id=job_id, job=job)) == {}


def test_a_failed_job_says_its_error_first() -> None:
    event = sample(EventKind.FAILED, START)
    told = replace(event, facts=replace(event.facts, results=SOME))
    assert headline(told) == headline(event)
    shown = {fact.label: fact.is_shown for fact in details_of(told)}
    assert shown["Results"]
    silent = replace(told, job=event.job and replace(event.job, error=None))
    assert headline(silent).endswith("950 of 1,000 ok, 40 failed, 10 missing")
    assert not {fact.label: fact.is_shown for fact in details_of(silent)}["Results"]


def test_what_is_stored_of_results_is_read_as_it_was() -> None:
    causes = (CauseFacts(count=40, code="429", message="Too many: wait"), CauseFacts(count=1))
    results = replace(SOME, cost="0.53", causes=causes, resend_helps=40, need_repair=0)
    facts = Facts(results=replace(results, reason="why"))
    stored = facts_json(replace(sample(EventKind.RESULTS, START), facts=facts))
    assert facts_from_json(stored) == facts


@pytest.mark.parametrize("name", ["verdict", "causes"])
def test_what_no_version_wrote_of_results_is_kept_as_it_is(name: str) -> None:
    assert facts_from_json({name: "?"}).others == {name: "?"}


def test_a_digest_keeps_what_to_do_about_answers_of_little_use() -> None:
    cut = told(EventKind.COMPLETED, replace(ALL, truncated=73))
    message = build_message([cut, told(EventKind.COMPLETED, ALL, job_id="job-2")])
    helps = {
        entry.event.job_id: [fact.text for fact in entry.digest_facts if fact.role is Role.REMEDY]
        for entry in message.entries
    }
    assert helps.pop("job-2") == []
    ((advised,),) = helps.values()
    assert "raise max_tokens, and submit the 73 cut answers again" in advised


@pytest.mark.parametrize("kind", [EventKind.RESULTS, EventKind.INCOMPLETE])
def test_a_verdict_on_a_job_that_expired_asks_for_what_its_end_asks_for(kind: EventKind) -> None:
    expired = sample(EventKind.EXPIRED, START)
    expired = replace(expired, facts=Facts(results=SOME))
    verdict = replace(expired, kind=kind)
    assert what_to_do(verdict, ANY_PROVIDER) == what_to_do(expired, ANY_PROVIDER)
    assert what_to_do(verdict, ANY_PROVIDER).startswith("Fetch what is done")
