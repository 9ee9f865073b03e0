"""Discord: an embed with the severity's colour; a long digest is several messages.

Limits (docs.discord.com, message resource): 256 characters in an embed's title, 4,096 in its
description, 6,000 in all of it. They are counted here in UTF-16 units, of which no text has fewer
than characters.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from batchbell.messages.fact import COMMANDS, Fact, Role
from batchbell.receivers.defuse import EMOJI, ZERO_WIDTH_SPACE
from batchbell.receivers.fitting import cut_to, fit_facts, pieces, under_head, utf16_units
from batchbell.receivers.look import LOOKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.messages.message import Entry, Message
    from batchbell.receivers.content import Content

DESCRIPTION_UNITS = 4_096
#: Longest headline of an entry; escaping makes at most two of each.
_HEAD_CHARS = 300
#: What Markdown, mentions and timestamps begin with; lists, headings and quotes only do at the
#: beginning of a line, where no text from outside stands.
_LIVE = re.compile(r"[\\*_~`|\[\]<>]")


def as_discord(plain: Content, message: Message, now: datetime) -> Content:
    """Add the payloads: one message of one embed, more if the digest is long."""
    del now
    if message.is_digest:
        texts = pieces(
            message,
            DESCRIPTION_UNITS,
            lead=f"**{escape(message.lead)}**",
            block=_block,
            lines=_lines,
            size=utf16_units,
        )
    else:
        facts = (*message.entries[0].facts, *message.closing)
        texts = [fit_facts(facts, DESCRIPTION_UNITS, write=_lines, size=utf16_units)]
    return replace(plain, payload={"pieces": [_message(message, text) for text in texts]})


def escape(text: str) -> str:
    """Return the text with everything that Discord would read as markup or a mention escaped."""
    text = text.replace("@", "@" + ZERO_WIDTH_SPACE)
    return EMOJI.sub(r"\\:", _LIVE.sub(r"\\\g<0>", text))


def _message(message: Message, description: str) -> dict[str, Any]:
    look = LOOKS[message.severity]
    embed: dict[str, Any] = {
        # At most 120 characters, of which escaping makes at most two each.
        "title": escape(f"{look.sign} {message.title}"),
        "description": description,
        "color": int(look.colour.removeprefix("#"), 16),
    }
    link = message.link
    return {
        "embeds": [{**embed, "url": link} if link else embed],
        # Nobody is mentioned, whatever the text holds.
        "allowed_mentions": {"parse": []},
    }


def _block(entry: Entry, facts: Sequence[Fact], room: int) -> str:
    head = f"**{escape(cut_to(entry.headline, _HEAD_CHARS))}**"
    return under_head(head, facts, room, write=_in_one_line, size=utf16_units)


def _in_one_line(facts: Sequence[Fact]) -> str:
    return " · ".join(f"{fact.label}: {escape(fact.text)}" for fact in facts)


def _lines(facts: Sequence[Fact]) -> str:
    return "\n".join(f"**{fact.label}:** {_value(fact)}" for fact in facts)


def _value(fact: Fact) -> str:
    if fact.role in COMMANDS:
        # In code nothing is read as markup, an escape neither.
        return f"`{fact.text.replace('`', chr(39))}`"
    # An escaped address opens another one.
    return fact.text if fact.role is Role.LINK else escape(fact.text)
