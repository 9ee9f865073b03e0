"""Microsoft Teams: an Adaptive Card, through a Workflows webhook.

Limit (learn.microsoft.com, webhooks in Teams): 28 KB a message.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchbell.core.event import Severity
from batchbell.render.defuse import defuse
from batchbell.render.fitting import CUT, Fact, cut_to, fit_facts
from batchbell.render.look import LOOKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.wording.message import Entry, Message
    from batchbell.render.content import Content

CARD_BYTES = 28_000
#: What an entry may take, characters, from the usual to the least.
_ENTRY_CHARS = (4_000, 1_500, 800, 400, 200, 100)
_HEAD_CHARS = 300
#: The colours a card has. Source: adaptivecards.io, TextBlock.
_COLOURS = {
    Severity.INFO: "accent",
    Severity.SUCCESS: "good",
    Severity.WARNING: "warning",
    Severity.FAILURE: "attention",
}


def as_teams(plain: Content, message: Message, now: datetime) -> Content:
    """Add the payload; of a card that is too big every event says less."""
    del now
    for chars in _ENTRY_CHARS:
        payload = _payload(message, chars)
        if len(json.dumps(payload)) <= CARD_BYTES:
            break
    return replace(plain, payload={"pieces": [payload]})


def _payload(message: Message, entry_chars: int) -> dict[str, Any]:
    body: list[dict[str, Any]] = []
    if message.is_digest:
        body.append(_text(message.lead, weight="Bolder", size="Medium"))
    for entry in message.entries:
        body += _entry(entry, message, entry_chars)
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": defuse(message.title),
        "msteams": {"width": "Full"},
        "body": [
            *body,
            *(
                _text(f"{label}: {text}")
                for label, text in message.closing
                if text != message.entries[0].link
            ),
        ],
    }
    link = message.entries[0].link
    if link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Status page", "url": link}]
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "contentUrl": None, "content": card}
    return {"type": "message", "summary": defuse(message.title), "attachments": [attachment]}


def _entry(entry: Entry, message: Message, chars: int) -> list[dict[str, Any]]:
    sign = LOOKS[entry.severity].sign
    head = cut_to(f"{sign} {entry.headline}", min(chars // 2, _HEAD_CHARS))
    facts = _fitting(entry.digest_facts if message.is_digest else entry.facts, chars)
    title = _text(
        head, weight="Bolder", color=_COLOURS[entry.severity], separator=message.is_digest
    )
    return [title, {"type": "FactSet", "facts": [_fact(*fact) for fact in facts]}]


def _fitting(facts: Sequence[Fact], chars: int) -> Sequence[Fact]:
    """Return those facts that fit, in the order they are given."""
    kept: list[Fact] = list(facts)

    def write(some: Sequence[Fact]) -> str:
        nonlocal kept
        kept = list(some)
        return "\n".join(f"{label}: {text}" for label, text in some)

    if len(fit_facts(facts, chars, write=write)) > chars:
        return [CUT]
    return kept


def _fact(label: str, text: str) -> dict[str, str]:
    return {"title": label, "value": defuse(text)}


def _text(text: str, **looks: str | bool) -> dict[str, Any]:
    return {"type": "TextBlock", "text": defuse(text), "wrap": True, **looks}
