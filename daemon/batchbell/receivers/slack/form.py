"""Slack: one attachment of blocks for each event, with the severity's colour beside it.

Limits (docs.slack.dev, Block Kit and chat.postMessage): 3,000 characters in a section's text, 50
blocks and 100 attachments a message, 40,000 characters of `text` (4,000 are recommended). They are
counted here in UTF-16 units, of which no text has fewer than characters.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchbell.messages.fact import COMMANDS, Fact, Role
from batchbell.messages.message import digest_rows
from batchbell.receivers.defuse import EMOJI, ZERO_WIDTH_SPACE
from batchbell.receivers.fitting import cut_to, fit_facts, utf16_units
from batchbell.receivers.look import LOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from batchbell.messages.message import Entry, Message
    from batchbell.receivers.content import Content

SECTION_CHARS = 3_000
#: What every entry of a digest gets, so that twenty stay below the limits of a message.
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
    """Add the payload: `text` stands alone in a notification, the attachments hold the facts."""
    del now
    sign = LOOKS[message.severity].sign
    payload = {
        "text": f"{sign} *{as_words(cut_to(message.lead, LEAD_CHARS))}*",
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
    if not message.is_digest:
        entry = message.entries[0]
        return [_attachment(entry, "", entry.shown, write=_lines, limit=SECTION_CHARS)]
    return [
        _attachment(
            entry,
            f"*{as_words(cut_to(entry.headline, HEAD_CHARS))}*\n",
            _digest_facts(entry),
            write=_in_rows,
            limit=DIGEST_CHARS,
        )
        for entry in message.entries
    ]


def _digest_facts(entry: Entry) -> list[Fact]:
    """Return a digest's facts, with the error where the headline is cut before its end."""
    is_cut = len(entry.headline) > HEAD_CHARS
    errors = [fact for fact in entry.facts if fact.role is Role.ERROR and is_cut]
    return [*entry.digest_facts, *(fact for fact in errors if fact not in entry.digest_facts)]


def _attachment(
    entry: Entry,
    head: str,
    facts: Sequence[Fact],
    *,
    write: Callable[[Sequence[Fact]], str],
    limit: int,
) -> dict[str, Any]:
    text = head + fit_facts(facts, limit - utf16_units(head), write=write, size=utf16_units)
    return {
        "color": LOOKS[entry.severity].colour,
        "fallback": as_words(cut_to(entry.headline, FALLBACK_CHARS)),
        "blocks": [_section(text)],
    }


def _in_rows(facts: Sequence[Fact]) -> str:
    return "\n".join(_row(row) for row in digest_rows(facts))


def _row(facts: Sequence[Fact]) -> str:
    return " · ".join(f"{fact.label}: {as_words(fact.text)}" for fact in facts)


def _lines(facts: Sequence[Fact]) -> str:
    return "\n".join(f"*{fact.label}:* {_value(fact)}" for fact in facts)


def _value(fact: Fact) -> str:
    if fact.role in COMMANDS:
        # In code nothing else is read as formatting.
        return f"`{escape(fact.text).replace('`', chr(39))}`"
    return f"<{escape(fact.text)}>" if fact.role is Role.LINK else as_words(fact.text)


def _closing(message: Message) -> list[dict[str, Any]]:
    """Return what to do next, and the page's address."""
    text = fit_facts(message.closing, SECTION_CHARS, write=_lines, size=utf16_units)
    if not text:
        return []
    context = {"type": "context", "elements": [_mrkdwn(text)]}
    return [{"fallback": text, "blocks": [context]}]


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> dict[str, Any]:
    # verbatim: names, channels and addresses in it stay text.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
