"""A fact is cut, escaped and shown by the part it plays: its label is but a word."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample, sample_digest, sample_reminder
from batchbell.core.facts import OutageFacts
from batchbell.messages.build import build_message
from batchbell.messages.message import Message
from batchbell.messages.plain_text import ELLIPSIS
from batchbell.messages.view import View
from batchbell.providers.together import words
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from batchbell.core.event import Event
    from batchbell.messages.fact import Fact

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
VIEW = View(page_url="https://bell.example", provider=words.WORDS, now=AT)
#: What every service has to escape or break up.
MARKUP = "`*_~<@U1> & @everyone [words](https://shown.example) #tag /stop"
KINDS = {kind.value: [sample(kind, AT)] for kind in EventKind}
CASES: dict[str, Sequence[Event]] = {
    **KINDS,
    "reminder": [sample_reminder(AT)],
    "digest": sample_digest(7, AT),
    "digest that is cut": sample_digest(60, AT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed(Message):
    """A message under other labels."""

    @property
    def onward(self) -> tuple[Fact, ...]:
        return renamed(Message.onward.__get__(self))


def renamed(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple(fact._replace(label=other(fact.label)) for fact in facts)


def other(label: str, known: list[str] = []) -> str:  # noqa: B006 - every label has its number
    """Return another label of the same length and with the same spaces: `Q07x xxx`."""
    if label not in known:
        known.append(label)
    name = f"Q{known.index(label):02}".ljust(len(label), "x")
    return "".join(" " if old == " " else new for old, new in zip(label, name, strict=True))


def all_of(message: Message) -> list[Fact]:
    return [*message.closing, *(fact for entry in message.entries for fact in entry.facts)]


def long_and_live(event: Event) -> Event:
    if event.job is None:
        return replace(event, facts=replace(event.facts, outage=OutageFacts(error=MARKUP * 4)))
    job = replace(
        event.job,
        error=MARKUP * 20,
        model_id=MARKUP * 4,
        endpoint="/v1/" + MARKUP * 9,
        output_file_id="file-" + "0" * 300,
    )
    return replace(event, job=job)


@pytest.mark.parametrize("family", Family)
@pytest.mark.parametrize("change", [None, long_and_live], ids=["usual", "long and live"])
@pytest.mark.parametrize("case", CASES)
def test_under_other_labels_the_same_is_cut_escaped_and_shown(
    case: str, change: object, family: Family
) -> None:
    events = [change(event) if callable(change) else event for event in CASES[case]]
    message = replace(build_message(events, VIEW), note="this channel's own template failed")
    entries = tuple(replace(each, facts=renamed(each.facts)) for each in message.entries)
    by_other_names = Renamed(
        title=message.title,
        lead=message.lead,
        counts=message.counts,
        entries=entries,
        overview=message.overview,
        note=message.note,
    )
    composer = Composer(family=family, view=VIEW)
    told = written(composer, by_other_names)
    labels = {fact.label for fact in all_of(message)}
    assert any(other(label) in told for label in labels)
    for label in labels:
        told = named_back(told, label)
    assert told == written(composer, message)


def written(composer: Composer, message: Message) -> str:
    return json.dumps(composer.in_own_words(message, AT).to_json(), ensure_ascii=False)


def named_back(told: str, label: str) -> str:
    told = told.replace(other(label), label)
    # A mail's preview may end within one.
    for end in range(3, len(label)):
        told = told.replace(other(label)[:end] + ELLIPSIS, label[:end] + ELLIPSIS)
    return told


def test_no_two_facts_of_a_message_share_a_label() -> None:
    for events in KINDS.values():
        labels = [fact.label for fact in all_of(build_message(events, VIEW))]
        assert len(labels) == len(set(labels))
