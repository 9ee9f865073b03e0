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
from batchbell.messages.remedy import Asks
from batchbell.receivers.defuse import EMOJI, ZERO_WIDTH_SPACE
from batchbell.receivers.fitting import choose, cut_to, fit_facts, utf16_units
from batchbell.receivers.look import LOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from batchbell.messages.message import Entry, Message
    from batchbell.receivers.content import Content

SECTION_CHARS = 3_000
MESSAGE_BLOCKS = 50
#: The blocks of a digest's first line and of what it closes with.
_AROUND = 2
#: What every entry of a digest gets, so that twenty stay below a message's limits.
DIGEST_CHARS = 1_400
#: Between the facts of a line.
BETWEEN = " · "
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
        return [*_of_digest(message.entries)]
    entry = message.entries[0]
    facts, references = parted(entry.in_few)
    chosen = choose(facts, SECTION_CHARS, lambda some: utf16_units("".join(_paragraphs(some))))
    known = _fitted(references, _references)
    blocks = [*map(_section, _paragraphs(chosen)), *([_context(known)] if known else [])]
    return [_attachment(entry, blocks)] if blocks else []


def _fitted(facts: Sequence[Fact], write: Callable[[Sequence[Fact]], str]) -> str:
    return fit_facts(facts, SECTION_CHARS, write=write, size=utf16_units)


def _of_digest(entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    """Yield a digest's entries below what they ask for; those behind get fewer blocks if need be.

    A heading takes two blocks, an entry one, or two while there are any to spare.
    """
    headings = sum(bool(entry.heading) for entry in entries)
    spare = MESSAGE_BLOCKS - _AROUND - 2 * headings - len(entries)
    for place, entry in enumerate(entries):
        is_shared = _is_for_all(entry, entries[place + 1 :])
        if entry.heading:
            yield _heading(entry, is_first=not place, remedy=entry.remedy if is_shared else "")
        facts = _digest_facts(entry)
        told = [fact for fact in facts if not (is_shared and fact.role is Role.REMEDY)]
        is_tight = entry.is_line or not spare
        yield _entry(entry, told, is_tight=is_tight)
        spare -= not is_tight


def _is_for_all(entry: Entry, below: Sequence[Entry]) -> bool:
    """Whether all under the same heading ask for what the first of them does."""
    ends = (place for place, other in enumerate(below) if other.heading)
    return bool(entry.heading and entry.remedy) and entry.same_below == next(ends, len(below))


def _heading(entry: Entry, *, is_first: bool, remedy: str) -> dict[str, Any]:
    divider = [] if is_first else [{"type": "divider"}]
    text = "\n".join(filter(None, (f"*{entry.heading}*", as_words(remedy))))
    return {"fallback": entry.heading, "blocks": [*divider, _section(text)]}


def _entry(entry: Entry, facts: Sequence[Fact], *, is_tight: bool) -> dict[str, Any]:
    """Return an entry of a digest: its headline, which opens its job, and a line of facts."""
    words = as_words(cut_to(entry.headline, HEAD_CHARS))
    head = f"*{_link(entry.link, words)}*" if entry.link else f"*{words}*"
    room = DIGEST_CHARS - utf16_units(head) - len(BETWEEN)
    line = fit_facts(facts, room, write=_fact_line, size=utf16_units)
    told = "\n".join(filter(None, (head, line)))
    if is_tight:
        return _attachment(entry, [_context(told)])
    return _attachment(entry, [_section(head), *([_context(line)] if line else [])])


def _fact_line(facts: Sequence[Fact]) -> str:
    """Return the one command for what to do, that in words, and all else.

    The command, or without one the job's id, stands first so that no line's end parts it.
    """
    commands = [fact for fact in facts if fact.role is Role.COMMAND][:1]
    ids = [] if commands else [fact for fact in facts if fact.role is Role.JOB]
    rows = digest_rows(fact for fact in facts if fact.role not in WAYS | {Role.JOB})
    code = [_labelled(fact, "").lstrip() for fact in commands]
    said = (_labelled(fact, f"{fact.label}:") for row in ([*ids], *rows) for fact in row)
    return BETWEEN.join([*code, *said])


def _digest_facts(entry: Entry) -> list[Fact]:
    """Return a digest's facts, with the error where the headline is cut before its end."""
    is_cut = len(entry.headline) > HEAD_CHARS
    errors = [fact for fact in entry.facts if fact.role is Role.ERROR and is_cut]
    facts = [*entry.digest_facts, *(fact for fact in errors if fact not in entry.digest_facts)]
    # What is to be watched is not to be cancelled yet.
    is_early = entry.asks is Asks.WATCH
    return [fact for fact in facts if not (is_early and fact.role is Role.COMMAND)]


def _attachment(entry: Entry, blocks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "color": LOOKS[entry.severity].colour,
        "fallback": as_words(cut_to(entry.headline, FALLBACK_CHARS)),
        "blocks": blocks,
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


def _references(facts: Sequence[Fact]) -> str:
    """Return what a job is known by, and whether that is not all."""
    cut, known = parted(facts)
    return "\n".join(_row(row) for row in (*reference_rows(known), *([cut] if cut else [])))


def _row(facts: Sequence[Fact]) -> str:
    return BETWEEN.join(_labelled(fact, f"{fact.label}:") for fact in facts)


def _lines(facts: Sequence[Fact]) -> str:
    return "\n".join(map(_line, facts))


def _line(fact: Fact) -> str:
    return _labelled(fact, f"*{fact.label}:*")


def _labelled(fact: Fact, label: str) -> str:
    if fact.role in UNLABELLED:
        return as_words(fact.text)
    if fact.role is Role.LINK:
        return _link(fact.text, fact.label)
    if fact.role in COMMANDS:
        return f"{label} `{_code(fact.text)}`"
    return f"{label} {as_words(fact.text)}"


def _link(address: str, words: str) -> str:
    """Return a link; the address is of our own configuration, an id in it is quoted."""
    return f"<{escape(address).replace('|', '%7C')}|{words}>"


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
