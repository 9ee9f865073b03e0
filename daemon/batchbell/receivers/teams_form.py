"""How Teams' messages look: Adaptive Cards; a digest too long for one is more.

Limit (learn.microsoft.com, webhooks in Teams): 28 KB a message. A `TextBlock` and a `FactSet` read
Markdown, a `TextRun` does not (learn.microsoft.com, Adaptive Cards, TextRun): all text from outside
stands in one.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchbell.core.event import Severity
from batchbell.messages.fact import COMMANDS, UNLABELLED, WAYS, Role
from batchbell.messages.fact_rows import digest_rows, ids_once, parted, reference_rows
from batchbell.receivers.defuse import ZERO_WIDTH_SPACE, defuse
from batchbell.receivers.fitting import choose, cut_to
from batchbell.receivers.look import LOOKS, look_of
from batchbell.receivers.parts import continued, fewest, part_title

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.messages.entry import Entry
    from batchbell.messages.fact import Fact
    from batchbell.messages.message import Message
    from batchbell.receivers.content import Content
    from batchbell.receivers.shedding import Keep

CARD_BYTES = 28_000
#: The parts of a card, bytes; together with its frame they stay below the limit.
_LEAD_BYTES = 2_000
_HEAD_BYTES = 1_500
_ENTRY_BYTES = 14_000
_CLOSING_BYTES = 3_000
#: The colours a card has. Source: adaptivecards.io, TextRun.
_COLOURS = {
    LOOKS[Severity.INFO].colour: "accent",
    LOOKS[Severity.SUCCESS].colour: "good",
    LOOKS[Severity.WARNING].colour: "warning",
    LOOKS[Severity.FAILURE].colour: "attention",
}
_Elements = list[dict[str, Any]]


def as_teams(plain: Content, message: Message, now: datetime) -> Content:
    """Add the payloads: one card, more if the digest is long."""
    del now

    def cards(keep: Keep, closing: Sequence[Fact]) -> list[_Elements]:
        # The page has a button of its own.
        rest = [fact for fact in closing if fact.role is not Role.LINK]
        ends = _facts(choose(rest, _CLOSING_BYTES, _size_of_facts), apart=True)
        return _packed(message, keep, ends)

    bodies = fewest(message, cards)
    payloads = [_payload(message, body, n, len(bodies)) for n, body in enumerate(bodies, start=1)]
    return replace(plain, payload={"pieces": payloads})


def _packed(message: Message, keep: Keep, closing: _Elements) -> list[_Elements]:
    """Return what each card shows below its first line; no entry is parted."""
    entries = message.entries
    blocks = [_entry(entry, keep(entry), message) for entry in entries]
    begun = [
        _entry(top, keep(entry), message)
        for top, entry in zip(continued(entries), entries, strict=True)
    ]
    bodies: list[_Elements] = [[]]
    for elements, first in zip((*blocks, closing), (*begun, closing), strict=True):
        longer = [*bodies[-1], *elements]
        if bodies[-1] and _bytes(_payload(message, longer, len(bodies), 99)) > CARD_BYTES:
            bodies.append(first)
        else:
            bodies[-1] = longer
    return bodies


def _payload(message: Message, body: _Elements, number: int, count: int) -> dict[str, Any]:
    card = _card(message.title, [*_lead(message, number, count), *body])
    link = message.link
    if link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": message.link_label, "url": link}]
    return _message(message.title, card)


def _card(title: str, body: _Elements) -> dict[str, Any]:
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": _safe(title),
        "msteams": {"width": "Full"},
        "body": body,
    }


def _message(title: str, card: dict[str, Any]) -> dict[str, Any]:
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "contentUrl": None, "content": card}
    return {"type": "message", "summary": _safe(title), "attachments": [attachment]}


def _lead(message: Message, number: int, count: int) -> _Elements:
    if not message.is_digest:
        return []
    lead = f"{look_of(message).sign} {cut_to(message.lead, _LEAD_BYTES, _size)}"
    return [_text(_run(part_title(lead, number, count), weight="Bolder", size="Medium"))]


def _entry(entry: Entry, kept: Sequence[Fact], message: Message) -> _Elements:
    apart = not message.is_digest
    head = cut_to(f"{look_of(entry).sign} {entry.headline}", _HEAD_BYTES, _size)
    title = _run(head, weight="Bolder", color=_COLOURS[look_of(entry).colour])
    facts = entry.in_few if apart else kept
    told = choose(facts, _ENTRY_BYTES, _size_of_facts)
    above = _above(entry)
    return [*above, _text(title, separator=not (apart or above)), *_facts(told, apart=apart)]


def _above(entry: Entry) -> _Elements:
    """Return the heading of those that ask for the same, what they all ask for, what is aside."""
    aside = [
        _text(_run(f"{fact.label}: "), _value(fact), separator=not place)
        for place, fact in enumerate(entry.aside)
    ]
    heading = [_text(_run(entry.heading, weight="Bolder", isSubtle=True), separator=True)]
    for_all = [_text(_run(entry.for_all), spacing="Small")] if entry.for_all else []
    return [*aside, *(heading if entry.heading else []), *for_all]


def _facts(facts: Sequence[Fact], *, apart: bool) -> _Elements:
    """Return the facts below each other, or in as few paragraphs as a digest's entry has.

    What a job is known by is small, in a few lines.
    """
    told, known = parted(facts if apart else ids_once(facts))
    if apart:
        return [*map(_line, told), *(_small(row) for row in reference_rows(known))]
    rows = digest_rows(told)
    links = [row for row in rows if row[0].role is Role.LINK]
    above = [row for row in rows if row not in links]
    small = [_small(known)] if known else []
    return [*map(_digest_row, above), *small, *map(_digest_row, links)]


def _digest_row(row: Sequence[Fact]) -> dict[str, Any]:
    first, *_ = row
    return _way(first) if first.role in WAYS else _text(_run(_row(row)), spacing="Small")


def _line(fact: Fact) -> dict[str, Any]:
    if fact.role in UNLABELLED:
        return _text(_run(fact.text), spacing="Small")
    return _text(_run(f"{fact.label}: ", weight="Bolder"), _value(fact), spacing="Small")


def _way(fact: Fact) -> dict[str, Any]:
    if fact.role is Role.LINK:
        # A text with an action looks like a link. Source: adaptivecards.io, TextRun.
        opens = {"type": "Action.OpenUrl", "url": fact.text}
        return _text({**_run(fact.label, size="Small"), "selectAction": opens}, spacing="Small")
    return _text(_run(f"{fact.label}: ", size="Small"), _value(fact, size="Small"), spacing="Small")


def _value(fact: Fact, **looks: str) -> dict[str, Any]:
    """Return what a fact says; what is there to be copied looks like code."""
    font = {"fontType": "Monospace"} if fact.role in COMMANDS else {}
    return _run(fact.text, **font, **looks)


def _small(facts: Sequence[Fact]) -> dict[str, Any]:
    return _text(_run(_row(facts), size="Small", isSubtle=True), spacing="Small")


def _row(facts: Sequence[Fact]) -> str:
    return " · ".join(
        fact.text if fact.role is Role.REMEDY else f"{fact.label}: {fact.text}" for fact in facts
    )


def _text(*runs: dict[str, Any], **looks: str | bool) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs), **looks}


def _run(text: str, **looks: str | bool) -> dict[str, Any]:
    return {"type": "TextRun", "text": _safe(text), **looks}


def _safe(text: str) -> str:
    # `{{DATE(...)}}` is replaced on the way to the screen (Adaptive Cards, text features).
    return defuse(text).replace("{{", "{" + ZERO_WIDTH_SPACE + "{")


def _bytes(value: object) -> int:
    """Return how many bytes are sent for it: JSON that is all ASCII."""
    return len(json.dumps(value))


def _size(text: str) -> int:
    return _bytes(_run(text))


def _size_of_facts(facts: Sequence[Fact]) -> int:
    return _bytes(_facts(facts, apart=True))


def plain_card(title: str, text: str) -> dict[str, Any]:
    """Return a card of a text without facts."""
    paragraphs = [_text(_run(line), spacing="Small") for line in text.split("\n") if line]
    head = _text(_run(title, weight="Bolder", size="Large"))
    return _message(title, _card(title, [head, *paragraphs]))
