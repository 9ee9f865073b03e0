from __future__ import annotations

from dataclasses import replace

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.core.facts import Facts, ReminderFacts
from batchbell.messages.build import build_message
from batchbell.messages.event_document import ERROR_CHARS, event_id, notification_document
from tests.fakes import START


def test_programs_get_times_in_utc_and_the_apis_own_names() -> None:
    event = sample(EventKind.FAILED, START)
    document = notification_document(build_message([event]), "text", START)
    (told,) = document["data"]["events"]
    assert told["happened_at"].endswith("Z")
    assert told["job"]["created_at"].endswith("Z")
    assert told["job"]["input_file"] == "nightly-eval.jsonl"
    assert "input_file" not in told["facts"]


def test_an_error_of_a_megabyte_is_cut() -> None:
    event = sample(EventKind.FAILED, START)
    assert event.job is not None
    long = replace(event, job=replace(event.job, error="x" * 1_000_000))
    (told,) = notification_document(build_message([long]), "", START)["data"]["events"]
    assert len(told["job"]["error"]) == ERROR_CHARS


def test_an_account_has_no_job() -> None:
    event = sample(EventKind.ACCOUNT_UNREACHABLE, START)
    (told,) = notification_document(build_message([event]), "", START)["data"]["events"]
    assert told["job"] is None
    assert told["id"] == event_id(event)


def test_an_event_has_one_id_wherever_it_is_told() -> None:
    event = sample(EventKind.FAILED, START)
    again = replace(event, facts=Facts(reminder=ReminderFacts(number=2)))
    assert event_id(event) == event_id(again)
    assert event_id(event) != event_id(replace(event, qualifier="another"))
