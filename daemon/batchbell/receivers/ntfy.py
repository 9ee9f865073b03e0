"""ntfy: plain text of at most 4,096 bytes, in as many messages as a long digest takes.

Limit: docs.ntfy.sh, publishing, limitations: a longer message becomes an attachment.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.receivers.fitting import cut_to, fit_facts, pieces, under_head

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.messages.fact import Fact
    from batchbell.messages.message import Entry, Message
    from batchbell.receivers.content import Content

MESSAGE_BYTES = 4_096
_HEAD_CHARS = 300
#: What the text may take of Apprise's largest request; title and topic need some as well.
_JSON_BYTES = 6_000


def as_ntfy(plain: Content, message: Message, now: datetime) -> Content:
    """Add the texts of the messages; the title is shown above each."""
    del now
    if message.is_digest:
        texts = pieces(
            message,
            MESSAGE_BYTES,
            lead=message.lead,
            block=_block,
            lines=_lines,
            size=_size,
        )
    else:
        facts = (*message.entries[0].facts, *message.closing)
        texts = [fit_facts(facts, MESSAGE_BYTES, write=_lines, size=_size)]
    return replace(plain, payload={"pieces": texts, "click": message.link})


def _size(text: str) -> int:
    """Return how many bytes a text takes, more if it takes very many where it is escaped as JSON.

    Apprise makes an attachment of a request of more than 8,000 bytes, ntfy of 4,096 of text.
    """
    return max(len(text.encode()), len(json.dumps(text)) * MESSAGE_BYTES // _JSON_BYTES)


def _block(entry: Entry, facts: Sequence[Fact], room: int) -> str:
    head = cut_to(entry.headline, _HEAD_CHARS)
    return under_head(head, facts, room, write=_in_one_line, size=_size)


def _in_one_line(facts: Sequence[Fact]) -> str:
    return " · ".join(f"{fact.label}: {fact.text}" for fact in facts)


def _lines(facts: Sequence[Fact]) -> str:
    return "\n".join(f"{fact.label}: {fact.text}" for fact in facts)
