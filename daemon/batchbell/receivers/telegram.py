"""Telegram: its HTML, in as many messages as a long digest takes.

Limit (core.telegram.org/bots/api, sendMessage): 4,096 characters after the markup is parsed. They
are counted here in UTF-16 units with the markup, which never are fewer.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

from batchbell.messages.fact import COMMANDS, Fact
from batchbell.receivers.defuse import ZERO_WIDTH_SPACE, defuse
from batchbell.receivers.fitting import cut_to, fit_facts, pieces, under_head, utf16_units
from batchbell.receivers.look import LOOKS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.messages.message import Entry, Message
    from batchbell.receivers.content import Content

MESSAGE_UNITS = 4_096
#: Longest first line, characters: escaping makes at most six of each.
_HEAD_CHARS = 300
#: What begins a bot's command, a hashtag or a cashtag: all do something when they are tapped. A
#: path, as in `/v1/chat/completions`, does not. Source: core.telegram.org/api/entities.
_TAPPED = re.compile(r"(?<![\w/])[/#$](?=\w+(?![\w/]))")


def as_telegram(plain: Content, message: Message, now: datetime) -> Content:
    """Add the texts of the messages."""
    del now
    if message.is_digest:
        texts = pieces(
            message,
            MESSAGE_UNITS,
            lead=_head(LOOKS[message.severity].sign, message.lead),
            block=_block,
            lines=_lines,
            size=_size,
        )
    else:
        entry = message.entries[0]
        head = _head(LOOKS[entry.severity].sign, message.lead)
        room = MESSAGE_UNITS - _size(f"{head}\n\n")
        facts = (*entry.facts, *message.closing)
        texts = [f"{head}\n\n{fit_facts(facts, room, write=_lines, size=_size)}"]
    return replace(plain, payload={"pieces": texts})


def _size(text: str) -> int:
    """Return the UTF-16 units of what is sent: Apprise writes every line end with two."""
    return utf16_units(text) + text.count("\n")


def _head(sign: str, text: str) -> str:
    return f"<b>{sign} {_safe(cut_to(text, _HEAD_CHARS))}</b>"


def _safe(text: str) -> str:
    return escape(_TAPPED.sub(r"\g<0>" + ZERO_WIDTH_SPACE, defuse(text)), quote=False)


def _block(entry: Entry, facts: Sequence[Fact], room: int) -> str:
    head = _head(LOOKS[entry.severity].sign, entry.headline)
    return under_head(head, facts, room, write=_in_one_line, size=_size)


def _in_one_line(facts: Sequence[Fact]) -> str:
    return " · ".join(f"{fact.label}: {_safe(fact.text)}" for fact in facts)


def _lines(facts: Sequence[Fact]) -> str:
    return "\n".join(f"<b>{fact.label}:</b> {_value(fact)}" for fact in facts)


def _value(fact: Fact) -> str:
    if fact.role in COMMANDS:
        # In code nothing is tapped, and a command is copied as it is.
        return f"<code>{escape(fact.text, quote=False)}</code>"
    return _safe(fact.text)
