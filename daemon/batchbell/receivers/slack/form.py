"""Slack: one attachment of blocks for each event, with the severity's colour beside it.

Limits (docs.slack.dev, Block Kit and chat.postMessage): 3,000 characters in a section's text, 50
blocks and 100 attachments a message, 40,000 characters of `text` (4,000 are recommended). They are
counted here in UTF-16 units, of which no text has fewer than characters.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchbell.messages.fact import DEEDS, UNLABELLED, Fact, Role
from batchbell.messages.fact_rows import parted, reference_rows
from batchbell.receivers.fitting import choose, cut_to, fit_facts, utf16_units
from batchbell.receivers.look import look_of
from batchbell.receivers.slack.blocks import (
    BETWEEN,
    FALLBACK_CHARS,
    as_code,
    as_words,
    attachment,
    context,
    labelled,
    section,
)
from batchbell.receivers.slack.digest import apart, of_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.messages.message import Message
    from batchbell.receivers.content import Content

SECTION_CHARS = 3_000
#: Longest first line; slack.com recommends 4,000 characters for `text`.
LEAD_CHARS = 700


def as_slack(plain: Content, message: Message, now: datetime) -> Content:
    """Add the payload: `text` stands alone in a notification, the blocks hold the facts."""
    del now
    lead = as_words(cut_to(message.lead, LEAD_CHARS))
    sign = look_of(message).sign
    payload = {
        # What a phone's notification shows as it is: the blocks have the same in bold.
        "text": f"{sign} {lead}",
        "blocks": [section(f"{sign} *{lead}*")],
        "attachments": [*_entries(message), *_closing(message)],
        # Nothing in it is looked at for names and addresses.
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return replace(plain, payload={"pieces": [payload]})


def _entries(message: Message) -> list[dict[str, Any]]:
    if message.is_digest:
        return [*of_digest(message.entries)]
    entry = message.entries[0]
    facts, references = parted(entry.in_few)
    chosen = choose(facts, SECTION_CHARS, lambda some: utf16_units("".join(_paragraphs(some))))
    known = _fitted(_without_known_id(references, chosen), _references)
    blocks = [*map(section, _paragraphs(chosen)), *([context(known)] if known else [])]
    return [attachment(entry, blocks)] if blocks else []


def _without_known_id(references: Sequence[Fact], chosen: Sequence[Fact]) -> list[Fact]:
    """Return what a job is known by; its id only where no command ends with it."""
    ends = [fact.text for fact in chosen if fact.role is Role.COMMAND]
    return [
        fact
        for fact in references
        if fact.role is not Role.JOB or not any(end.endswith(f" {fact.text}") for end in ends)
    ]


def _fitted(facts: Sequence[Fact], write: Callable[[Sequence[Fact]], str]) -> str:
    return fit_facts(facts, SECTION_CHARS, write=write, size=utf16_units)


def _paragraphs(facts: Sequence[Fact]) -> list[str]:
    """Return what is to be done, what is told, and what is there to be copied."""
    first = [fact for fact in facts if fact.role in UNLABELLED]
    deeds = [fact for fact in facts if fact.role in DEEDS]
    others = [fact for fact in facts if fact not in (*first, *deeds)]
    return [text for text in (_lines(first), _lines(others), _deeds(deeds)) if text]


def _deeds(facts: Sequence[Fact]) -> str:
    """Return each deed below what it does, a command as code."""
    if not any(fact.role is Role.COMMAND for fact in facts):
        return ""
    return "\n".join(map(_deed, facts))


def _deed(fact: Fact) -> str:
    """Return one below its label, which says when a command is to be copied, and what for."""
    if fact.role is not Role.COMMAND:
        return _line(fact)
    return f"*{fact.label}*\n```{as_code(fact.text)}```"


def _references(facts: Sequence[Fact]) -> str:
    """Return what a job is known by, and whether that is not all."""
    cut, known = parted(facts)
    return "\n".join(map(_row, (*reference_rows(known), *([cut] if cut else []))))


def _row(facts: Sequence[Fact]) -> str:
    return BETWEEN.join(labelled(fact, f"{fact.label}:") for fact in facts)


def _lines(facts: Sequence[Fact]) -> str:
    return "\n".join(map(_line, facts))


def _line(fact: Fact) -> str:
    return labelled(fact, f"*{fact.label}:*")


def _closing(message: Message) -> list[dict[str, Any]]:
    """Return what else is to be cancelled, what to do next, and the page's address."""
    besides = [apart(message.besides)] if message.besides else []
    text = _fitted(message.onward, _lines)
    said = (fact for fact in message.onward if fact.role is not Role.LINK)
    plainly = " · ".join(f"{fact.label}: {as_words(fact.text)}" for fact in said)
    fallback = cut_to(plainly, FALLBACK_CHARS)
    ways = [{"fallback": fallback, "blocks": [context(text)]}] if text else []
    return [*besides, *ways]
