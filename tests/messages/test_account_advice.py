"""Messages about an account that can't be polled say whether that can wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts, OutageFacts, UnseenFacts
from batchbell.messages.build import build_message
from batchbell.messages.view import View
from batchbell.providers.together import words

NOW = datetime(2026, 11, 23, 22, 14, tzinfo=UTC)
VIEW = View(zone=ZoneInfo("Europe/Berlin"), provider=words.WORDS, now=NOW)
SEVEN = UnseenFacts(
    jobs=7,
    since=NOW - timedelta(minutes=1),
    next_deadline=NOW + timedelta(hours=3),
    next_job="2af0c1de-0000-4000-8000-000000000000",
    next_model="meta-llama/Llama-3.3-70B-Instruct-Turbo",
    next_file="press-summaries.jsonl",
)


def told(
    unseen: UnseenFacts | None,
    kind: EventKind = EventKind.ACCOUNT_UNAUTHORIZED,
    key_place: str = "",
) -> dict[str, str]:
    outage = OutageFacts(error="refused (401)", since=NOW, key_place=key_place)
    event = Event(
        kind=kind,
        account="research",
        happened_at=NOW,
        seen_at=NOW,
        facts=Facts(outage=outage, unseen=unseen),
    )
    (entry,) = build_message([event], VIEW).entries
    return {fact.label: fact.text for fact in entry.facts if fact.is_shown}


def test_it_says_how_many_jobs_are_unseen_and_which_is_due_first() -> None:
    assert told(SEVEN)["Unseen"] == (
        "7 jobs since the last good poll at 23:13 CET, first due 02:14 CET: press-summaries"
    )


def test_a_job_without_a_known_name_goes_by_its_model_and_short_id() -> None:
    nameless = UnseenFacts(
        jobs=1,
        next_deadline=SEVEN.next_deadline,
        next_job=SEVEN.next_job,
        next_model=SEVEN.next_model,
    )
    assert told(nameless)["Unseen"] == "1 job, due 02:14 CET: Llama-3.3-70B · 2af0c1de"


def test_jobs_without_a_deadline_are_counted() -> None:
    assert told(UnseenFacts(jobs=2, since=NOW))["Unseen"] == (
        "2 jobs since the last good poll at 23:14 CET"
    )


@pytest.mark.parametrize(
    ("unseen", "place", "advice"),
    [
        (SEVEN, "", "Give batchbell a key that works: until then its jobs run on unseen."),
        (
            None,
            "TOGETHER_API_KEY",
            "Put a key that works into TOGETHER_API_KEY: until then its jobs run on unseen.",
        ),
        (
            UnseenFacts(jobs=0, since=NOW),
            "TOGETHER_API_KEY",
            "Put a key that works into TOGETHER_API_KEY. It can wait: no job was running.",
        ),
    ],
)
def test_a_refused_key_is_put_where_it_came_from(
    unseen: UnseenFacts | None, place: str, advice: str
) -> None:
    assert told(unseen, key_place=place)["What to do"] == advice


def test_an_outage_without_jobs_can_wait() -> None:
    said = told(UnseenFacts(jobs=0, since=NOW), EventKind.ACCOUNT_UNREACHABLE)
    assert said["What to do"] == (
        "Look whether Together is down or the network here is. It can wait: no job was running."
    )
    assert "Unseen" not in said
