"""A message that can't be sent: what is lost, and how it is sent after all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from batchbell.core.delivery.lost import ToldElsewhere, message_lost, with_told_elsewhere
from batchbell.core.event import EventKind
from batchbell.core.example_events import sample, sample_counted
from batchbell.core.facts import Facts, LostFacts, OutageFacts
from batchbell.messages.build import build_message
from batchbell.messages.lost_details import said_of_lost
from batchbell.messages.lost_words import lost_words, to_send_lost
from batchbell.messages.view import PLAIN_VIEW
from tests.fakes import START

KINDS = (EventKind.COMPLETED.value, EventKind.AT_RISK.value)
LOST = LostFacts(number=7, jobs=("job-1",), names=("unit-tests.jsonl",), kinds=KINDS[:1])
FACTS = Facts(
    channel="tickets", outage=OutageFacts(error="HTTP 400 Bad Request", given_up=True), lost=LOST
)
EVENT = replace(sample(EventKind.CHANNEL_MESSAGE_LOST, START), facts=FACTS)


def test_one_given_up_is_sent_again_once_its_channel_is_repaired() -> None:
    (entry,) = build_message([EVENT], replace(PLAIN_VIEW, now=START)).entries
    told = {fact.label: fact.text for fact in entry.shown}
    assert told == {
        "What to do": (
            "See in the log of tickets why it refuses this one message, then send it again."
        ),
        "It told": "unit-tests COMPLETED",
        "1 See the answer": "batchbell deliveries show 7",
        "2 Send it again once repaired": "batchbell deliveries retry 7",
        "See its job": "batchbell show -- job-1",
        "Refused": "2026-11-23 11:59 UTC",
    }


@pytest.mark.parametrize(
    ("told_by", "only_here", "said"),
    [
        (("mail",), 0, "There is time: it is told by mail. "),
        (("mail", "oncall"), 0, "There is time: it is told by mail and oncall. "),
        (("a", "b", "c", "d"), 0, "There is time: it is told by a, b and 2 more. "),
        ((), 0, "There is time: other channels are told all that it missed. "),
        ((), 1, "Look now what it missed: 1 event is told nowhere else. "),
        ((), None, ""),
    ],
)
def test_it_says_who_else_tells_it(
    told_by: tuple[str, ...], only_here: int | None, said: str
) -> None:
    outage = replace(FACTS.outage, told_nowhere_else=only_here)
    facts = replace(FACTS, outage=outage, lost=replace(LOST, told_by=told_by))
    (entry,) = build_message([replace(EVENT, facts=facts)]).entries
    assert entry.remedy == (
        f"{said}See in the log of tickets why it refuses this one message, then send it again."
    )


def test_it_says_that_its_channel_takes_others() -> None:
    lost = replace(LOST, took_others_at=START - timedelta(minutes=3))
    (entry,) = build_message([replace(EVENT, facts=replace(FACTS, lost=lost))]).entries
    assert ("Takes others", "the last at 11:57 UTC") in {
        (fact.label, fact.text) for fact in entry.shown
    }


def test_the_ids_of_several_jobs_are_in_no_command() -> None:
    lost = replace(LOST, jobs=("job-1", "job-2"), names=())
    (entry,) = build_message([replace(EVENT, facts=replace(FACTS, lost=lost))]).entries
    assert ("Its jobs", "job-1, job-2") in {(fact.label, fact.text) for fact in entry.shown}


def test_a_locked_phone_shows_its_job() -> None:
    (entry,) = build_message([EVENT]).entries
    assert entry.card.below == "unit-tests: refused (HTTP 400 Bad Request)"


def test_what_the_lost_event_itself_asks_for_is_known_by_its_job() -> None:
    helps = "Repair line 3 of unit-tests.jsonl and submit it again."
    lost = replace(LOST, helps=helps, kinds=(EventKind.FAILED.value,))
    (entry,) = build_message([replace(EVENT, facts=replace(FACTS, lost=lost))]).entries
    assert helps not in {fact.text for fact in entry.shown}
    assert helps in {fact.text for fact in entry.facts}


def test_its_title_says_why_and_a_long_reason_stands_whole_below() -> None:
    assert build_message([EVENT]).title == (
        "MESSAGE NOT SENT to tickets: unit-tests, refused (HTTP 400 Bad Request)"
    )
    long = "HTTP 400 Bad Request: " + "the field is not allowed here " * 3
    (entry,) = build_message(
        [replace(EVENT, facts=replace(FACTS, outage=OutageFacts(error=long)))]
    ).entries
    assert entry.headline.startswith("MESSAGE NOT SENT to tickets: unit-tests, still tried (HTTP")
    assert ("Error", long.strip()) in [(fact.label, fact.text) for fact in entry.shown]
    nameless = replace(EVENT, facts=replace(FACTS, outage=OutageFacts(given_up=True)))
    assert build_message([nameless]).title == "MESSAGE NOT SENT to tickets: unit-tests, refused"


def test_what_a_lost_message_told_is_known_of_one_event_alone() -> None:
    failed, done = sample(EventKind.FAILED, START), sample_counted(EventKind.COMPLETED, START)
    assert said_of_lost([failed]) == (
        "",
        "Repair line 3 of nightly-eval.jsonl and submit it again.",
    )
    assert said_of_lost([done])[0] == "995 of 1,000 whole, 5 cut"
    good = replace(
        done, facts=replace(done.facts, results=replace(done.facts.results, truncated=0))
    )
    assert said_of_lost([good]) == ("1,000 of 1,000 ok", "")
    assert said_of_lost([failed, done]) == ("", "")


def test_nothing_that_a_receiver_may_choke_on_is_repeated() -> None:
    event = message_lost(
        "tickets",
        "key",
        [sample(EventKind.FAILED, START)],
        number=7,
        is_given_up=True,
        error="HTTP 400",
        now=START,
        words=("1 of 2 ok <&>", "Repair =?bogus?q?x?= {{ }} and submit it."),
    )
    assert event is not None
    lost = event.facts.lost
    assert lost.said == "1 of 2 ok ???"
    assert lost.helps == "Repair ??bogus?q?x?? ?? ?? and submit it."


def test_one_that_is_set_aside_needs_no_sending() -> None:
    event = replace(EVENT, facts=replace(FACTS, outage=OutageFacts(error="HTTP 500")))
    (entry,) = build_message([event]).entries
    assert entry.remedy == ("Look why tickets does not take this one message: it is still tried.")
    assert entry.headline == "MESSAGE NOT SENT to tickets: unit-tests, still tried (HTTP 500)"
    assert dict(to_send_lost(event)) == {
        "See the answer": "batchbell deliveries show 7",
        "See its job": "batchbell show -- job-1",
    }


def test_of_an_unknown_number_all_are_sent_again() -> None:
    event = replace(EVENT, facts=replace(FACTS, channel="a b", lost=LostFacts()))
    assert dict(to_send_lost(event)) == {
        "Send it again once repaired": "batchbell deliveries retry all"
    }


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (LOST, "unit-tests COMPLETED"),
        (replace(LOST, said="350 of 350 ok"), "unit-tests COMPLETED, 350 of 350 ok"),
        (replace(LOST, names=()), "job-1 COMPLETED"),
        (replace(LOST, kinds=KINDS), "unit-tests, completed, at risk"),
        (
            replace(LOST, jobs=("job-1", "job-2"), names=("", "b")),
            "job-1 and 1 more, completed",
        ),
        (LostFacts(), ""),
    ],
)
def test_it_says_what_is_lost(lost: LostFacts, words: str) -> None:
    assert lost_words(replace(EVENT, facts=replace(FACTS, lost=lost))) == words


def test_the_news_of_a_lost_message_has_who_else_tells_it() -> None:
    found = ToldElsewhere(channels=("mail",), only_here=0)
    facts = with_told_elsewhere(EVENT, found, START).facts
    assert (facts.outage.told_nowhere_else, facts.lost.told_by) == (0, ("mail",))
    assert facts.lost.took_others_at == START
