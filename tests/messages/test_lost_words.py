"""A message that can't be sent: what is lost, and how it is sent after all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.core.facts import Facts, LostFacts, OutageFacts
from batchbell.messages.build import build_message
from batchbell.messages.lost_words import lost_words, to_send_lost
from batchbell.messages.view import PLAIN_VIEW
from tests.fakes import START

KINDS = (EventKind.COMPLETED.value, EventKind.AT_RISK.value)
LOST = LostFacts(number=7, jobs=("job-1",), names=("unit-tests.jsonl",), kinds=KINDS[:1])
FACTS = Facts(channel="tickets", outage=OutageFacts(given_up=True), lost=LOST)
EVENT = replace(sample(EventKind.CHANNEL_MESSAGE_LOST, START), facts=FACTS)


def test_one_given_up_is_sent_again_once_its_channel_is_repaired() -> None:
    (entry,) = build_message([EVENT], replace(PLAIN_VIEW, now=START)).entries
    told = {fact.label: fact.text for fact in entry.shown}
    assert told == {
        "What to do": "Repair tickets, which refused the message, then send it again.",
        "Not sent about": "job-1",
        "Not sent events": "completed",
        "Test it": "batchbell notify-test tickets",
        "Send it again": "batchbell deliveries retry 7",
    }


def test_one_that_is_set_aside_needs_no_sending() -> None:
    event = replace(EVENT, facts=replace(FACTS, outage=OutageFacts(error="HTTP 500")))
    (entry,) = build_message([event]).entries
    assert entry.remedy == "Look why tickets does not take the message: it is still tried."
    assert dict(to_send_lost(event)) == {"Test it": "batchbell notify-test tickets"}


def test_of_an_unknown_number_all_are_sent_again() -> None:
    event = replace(EVENT, facts=replace(FACTS, channel="a b", lost=LostFacts()))
    assert dict(to_send_lost(event)) == {"Send it again": "batchbell deliveries retry all"}


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (LOST, "unit-tests COMPLETED"),
        (replace(LOST, names=()), "job-1 COMPLETED"),
        (replace(LOST, kinds=KINDS), "unit-tests"),
        (replace(LOST, jobs=("job-1", "job-2"), names=("", "b")), "job-1 and 1 more"),
        (LostFacts(), ""),
    ],
)
def test_it_says_what_is_lost(lost: LostFacts, words: str) -> None:
    assert lost_words(replace(EVENT, facts=replace(FACTS, lost=lost))) == words
