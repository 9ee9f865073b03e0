"""Microsoft Teams: Adaptive Cards, through a Workflows webhook; a digest too long for one is more.

Limit (learn.microsoft.com, webhooks in Teams): 28 KB a message. A `TextBlock` and a `FactSet` read
Markdown, a `TextRun` does not (learn.microsoft.com, Adaptive Cards, TextRun): all text from outside
stands in one.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchbell.core.event import Severity
from batchbell.messages.fact import Role
from batchbell.receivers.defuse import ZERO_WIDTH_SPACE, defuse
from batchbell.receivers.fitting import Keep, choose, cut_to, fewest
from batchbell.receivers.look import LOOKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.messages.fact import Fact
    from batchbell.messages.message import Entry, Message
    from batchbell.receivers.content import Content

CARD_BYTES = 28_000
#: The parts of a card, bytes; together with its frame they stay below the limit.
_LEAD_BYTES = 2_000
_HEAD_BYTES = 1_500
_ENTRY_BYTES = 14_000
_CLOSING_BYTES = 3_000
#: The colours a card has. Source: adaptivecards.io, TextRun.
_COLOURS = {
    Severity.INFO: "accent",
    Severity.SUCCESS: "good",
    Severity.WARNING: "warning",
    Severity.FAILURE: "attention",
}
_Elements = list[dict[str, Any]]


def as_teams(plain: Content, message: Message, now: datetime) -> Content:
    """Add the payloads: one card, more if the digest is long."""
    del now

    def cards(keep: Keep, closing: Sequence[Fact]) -> list[_Elements]:
        # The page has a button of its own.
        rest = [fact for fact in closing if fact.role is not Role.LINK]
        ends = _facts(choose(rest, _CLOSING_BYTES, _size_of_facts), apart=True)
        return _packed(message, [_entry(entry, message, keep) for entry in message.entries], ends)

    bodies = fewest(message, cards)
    payloads = [_payload(message, body, n, len(bodies)) for n, body in enumerate(bodies, start=1)]
    return replace(plain, payload={"pieces": payloads})


def _packed(message: Message, blocks: list[_Elements], closing: _Elements) -> list[_Elements]:
    """Return the body of each card; no entry is parted."""
    bodies: list[_Elements] = [[]]
    for elements in (*blocks, closing):
        longer = [*bodies[-1], *elements]
        if bodies[-1] and _bytes(_payload(message, longer, 99, 99)) > CARD_BYTES:
            bodies.append(elements)
        else:
            bodies[-1] = longer
    return bodies


def _payload(message: Message, body: _Elements, number: int, count: int) -> dict[str, Any]:
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": _safe(message.title),
        "msteams": {"width": "Full"},
        "body": [*_lead(message, number, count), *body],
    }
    link = message.link
    if link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Status page", "url": link}]
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "contentUrl": None, "content": card}
    return {"type": "message", "summary": _safe(message.title), "attachments": [attachment]}


def _lead(message: Message, number: int, count: int) -> _Elements:
    if not message.is_digest:
        return []
    which = f"({number}/{count}) " if count > 1 else ""
    lead = cut_to(message.lead, _LEAD_BYTES, _size)
    return [_text(_run(which + lead, weight="Bolder", size="Medium"))]


def _entry(entry: Entry, message: Message, keep: Keep) -> _Elements:
    apart = not message.is_digest
    head = cut_to(f"{LOOKS[entry.severity].sign} {entry.headline}", _HEAD_BYTES, _size)
    title = _run(head, weight="Bolder", color=_COLOURS[entry.severity])
    facts = entry.facts if apart else keep(entry.digest_facts)
    told = choose(facts, _ENTRY_BYTES, _size_of_facts)
    return [_text(title, separator=not apart), *_facts(told, apart=apart)]


def _facts(facts: Sequence[Fact], *, apart: bool) -> _Elements:
    """Return the facts below each other, or all in one paragraph."""
    if apart:
        return [
            _text(_run(f"{fact.label}: ", weight="Bolder"), _run(fact.text), spacing="Small")
            for fact in facts
        ]
    line = " · ".join(f"{fact.label}: {fact.text}" for fact in facts)
    return [_text(_run(line), spacing="Small")]


def _text(*runs: dict[str, Any], **looks: str | bool) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs), **looks}


def _run(text: str, **looks: str) -> dict[str, Any]:
    return {"type": "TextRun", "text": _safe(text), **looks}


def _safe(text: str) -> str:
    # `{{DATE(...)}}` is replaced on the way to the screen (Adaptive Cards, text features).
    return defuse(text).replace("{{", "{" + ZERO_WIDTH_SPACE + "{")


def _bytes(value: object) -> int:
    """Return how many bytes Apprise sends for it: JSON that is all ASCII."""
    return len(json.dumps(value))


def _size(text: str) -> int:
    return _bytes(_run(text))


def _size_of_facts(facts: Sequence[Fact]) -> int:
    return _bytes(_facts(facts, apart=True))
