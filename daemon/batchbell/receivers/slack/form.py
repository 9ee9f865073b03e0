"""Slack: one attachment of blocks for each event, with the severity's colour beside it.

Limits (docs.slack.dev, Block Kit and chat.postMessage): 3,000 characters in a section's text, 50
blocks and 100 attachments a message, 40,000 characters of `text` (4,000 are recommended). They are
counted here in UTF-16 units, of which no text has fewer than characters.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchbell.messages.fact import COMMANDS, DEEDS, UNLABELLED, WAYS, Fact, Role
from batchbell.messages.message import digest_rows, parted, reference_rows
from batchbell.receivers.defuse import EMOJI, ZERO_WIDTH_SPACE
from batchbell.receivers.fitting import choose, cut_to, fit_facts, utf16_units, without_ways
from batchbell.receivers.look import LOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.messages.message import Entry, Message
    from batchbell.receivers.content import Content

SECTION_CHARS = 3_000
#: What every entry of a digest gets, so that twenty of two blocks stay below a message's limits.
DIGEST_CHARS = 1_400
#: Longest first line; slack.com recommends 4,000 characters for `text`.
LEAD_CHARS = 700
#: What a client without blocks shows of an entry.
FALLBACK_CHARS = 80
#: Longest headline of an entry; escaping makes at most five of each.
HEAD_CHARS = 200
#: Slack has no escape for the signs it formats with: others that look the same take their place.
_LOOKALIKES = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "\u02cb"})
#: Within a word, as in ids and file names, an underscore formats nothing.
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LOW_MACRON = "\u02cd"


def as_slack(plain: Content, message: Message, now: datetime) -> Content:
    """Add the payload: `text` stands alone in a notification, the blocks hold the facts."""
    del now
    lead = as_words(cut_to(message.lead, LEAD_CHARS))
    sign = LOOKS[message.severity].sign
    payload = {
        # What a phone's notification shows as it is: the blocks have the same in bold.
        "text": f"{sign} {lead}",
        "blocks": [_section(f"{sign} *{lead}*")],
        "attachments": [*_entries(message), *_closing(message)],
        # Nothing in it is looked at for names and addresses.
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return replace(plain, payload={"pieces": [payload]})


def escape(text: str) -> str:
    """Return the text with Slack's three control characters as it wants them escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_words(text: str) -> str:
    """Return the text so that nothing in it formats, calls, links or becomes an emoji."""
    text = _UNDERSCORE.sub(_LOW_MACRON, text.translate(_LOOKALIKES))
    return escape(EMOJI.sub(":" + ZERO_WIDTH_SPACE, text))


def _entries(message: Message) -> list[dict[str, Any]]:
    if message.is_digest:
        return [each for entry in message.entries for each in _of_digest(entry)]
    entry = message.entries[0]
    facts, references = parted(entry.in_few)
    chosen = choose(facts, SECTION_CHARS, lambda some: utf16_units("".join(_paragraphs(some))))
    known = _fitted(references, _references)
    return [_attachment(entry, _paragraphs(chosen), known)] if chosen or known else []


def _fitted(facts: Sequence[Fact], write: Callable[[Sequence[Fact]], str]) -> str:
    return fit_facts(facts, SECTION_CHARS, write=write, size=utf16_units)


def _of_digest(entry: Entry) -> list[dict[str, Any]]:
    """Return a digest's entry, below what it and those that follow ask for."""
    heading = {"fallback": entry.heading, "blocks": [_section(f"*{entry.heading}*")]}
    return [*([heading] if entry.heading else []), _attachment(entry, *_digest_texts(entry))]


def _digest_texts(entry: Entry) -> tuple[Sequence[str], str]:
    """Return what a digest's entry says, and what its job is known by."""
    head = f"*{as_words(cut_to(entry.headline, HEAD_CHARS))}*"
    room = DIGEST_CHARS - utf16_units(head) - 1
    facts = choose(_digest_facts(entry), room, lambda some: utf16_units(_in_rows(some)))
    told, known = parted(facts)
    said, ways = without_ways(told), [fact for fact in told if fact.role in WAYS]
    return ["\n".join(filter(None, (head, _in_rows(said))))], _in_rows([*known, *ways])


def _digest_facts(entry: Entry) -> list[Fact]:
    """Return a digest's facts, with the error where the headline is cut before its end."""
    is_cut = len(entry.headline) > HEAD_CHARS
    errors = [fact for fact in entry.facts if fact.role is Role.ERROR and is_cut]
    return [*entry.digest_facts, *(fact for fact in errors if fact not in entry.digest_facts)]


def _attachment(entry: Entry, told: Sequence[str], known: str) -> dict[str, Any]:
    """Return an entry: what it says, and below it small what its job is known by."""
    return {
        "color": LOOKS[entry.severity].colour,
        "fallback": as_words(cut_to(entry.headline, FALLBACK_CHARS)),
        "blocks": [*map(_section, told), *([_context(known)] if known else [])],
    }


def _paragraphs(facts: Sequence[Fact]) -> list[str]:
    """Return what is to be done, what is told, and what is there to be copied."""
    first = [fact for fact in facts if fact.role in UNLABELLED]
    deeds = [fact for fact in facts if fact.role in DEEDS]
    others = [fact for fact in facts if fact not in (*first, *deeds)]
    return [text for text in (_lines(first), _lines(others), _deeds(deeds)) if text]


def _deeds(facts: Sequence[Fact]) -> str:
    """Return commands as one piece of code, below what they do, and then what is done by hand."""
    commands = [fact for fact in facts if fact.role is Role.COMMAND]
    if not commands:
        return ""
    named = " \u00b7 ".join(f"*{fact.label}*" for fact in commands)
    code = "\n".join(_code(fact.text) for fact in commands)
    by_hand = [_line(fact) for fact in facts if fact.role is not Role.COMMAND]
    return "\n".join([named, f"```{code}```", *by_hand])


def _code(text: str) -> str:
    """Return a text as it stands in code, where nothing else is read as formatting."""
    return escape(text).replace("`", chr(39))


def _in_rows(facts: Sequence[Fact]) -> str:
    return "\n".join(_row(row) for row in digest_rows(facts))


def _references(facts: Sequence[Fact]) -> str:
    """Return what a job is known by, and whether that is not all."""
    cut, known = parted(facts)
    return "\n".join(_row(row) for row in (*reference_rows(known), *([cut] if cut else [])))


def _row(facts: Sequence[Fact]) -> str:
    return " · ".join(_labelled(fact, f"{fact.label}:") for fact in facts)


def _lines(facts: Sequence[Fact]) -> str:
    return "\n".join(map(_line, facts))


def _line(fact: Fact) -> str:
    return _labelled(fact, f"*{fact.label}:*")


def _labelled(fact: Fact, label: str) -> str:
    if fact.role in UNLABELLED:
        return as_words(fact.text)
    if fact.role is Role.LINK:
        # Of our own configuration; an id in it is quoted.
        return f"<{escape(fact.text).replace('|', '%7C')}|{fact.label}>"
    if fact.role in COMMANDS:
        return f"{label} `{_code(fact.text)}`"
    return f"{label} {as_words(fact.text)}"


def _closing(message: Message) -> list[dict[str, Any]]:
    """Return what to do next, and the page's address."""
    text = _fitted(message.closing, _lines)
    said = (fact for fact in message.closing if fact.role is not Role.LINK)
    plainly = " · ".join(f"{fact.label}: {as_words(fact.text)}" for fact in said)
    fallback = cut_to(plainly, FALLBACK_CHARS)
    return [{"fallback": fallback, "blocks": [_context(text)]}] if text else []


def _context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> dict[str, Any]:
    # verbatim: names, channels and addresses in it stay text.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
