"""Plain text: for every other service, and for a family whose form a channel's own words replace.

Of a long digest there are also shorter texts: how long one may be is known only when it is
sent. Where ids alone leave no room for commands, one that has them all stands first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.messages.fact import Role
from batchbell.messages.text_body import as_text
from batchbell.receivers.defuse import defuse
from batchbell.receivers.fitting import CUT, needed
from batchbell.receivers.shedding import to_act, with_pressing_commands
from batchbell.receivers.shorten import fitting_text, split

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from batchbell.messages.message import Message
    from batchbell.receivers.content import Content

#: The shorter forms are stored with the message: two do.
_STORED = (to_act, with_pressing_commands)


def as_plain(plain: Content, message: Message, now: datetime) -> Content:
    """Add a digest's shorter forms: with what to do, with what is needed, with ids alone."""
    del now
    if not message.is_digest:
        return plain
    note = "; ".join(filter(None, (message.note, f"shortened, all of it: {CUT.text}")))
    told = replace(message, note=note)
    least = replace(told, lead=f"{message.lead}\n{_where_commands_are(message)}")
    shorter = (
        *(as_text(told, keep) for keep in _STORED),
        as_text(least, lambda entry: needed(entry.digest_facts)),
        as_text(least, lambda entry: [fact for fact in entry.facts if fact.role is Role.JOB]),
    )
    return replace(plain, shorter=shorter)


def _where_commands_are(message: Message) -> str:
    return f"Shortened. What to do, with each command: {message.overview or message.advice}"


def plain_texts(content: Content) -> tuple[str, list[str]]:
    """Return the title and the texts to choose from, the fullest first; nothing in them is live."""
    # A header can't hold a line break, and no chat shows one in a title.
    title = " ".join(content.title.split())
    texts = (_without(content.title, content.text), *content.shorter)
    return defuse(title), [defuse(text) for text in texts]


def in_pieces(
    content: Content, limit: int, size: Callable[[str], int] = len
) -> list[tuple[str, str]]:
    """Return title and text of each message; both together take at most `limit` units."""
    title, texts = plain_texts(content)
    room = limit - size(f"{title} [99/99]\r\n")
    pieces = split(fitting_text(texts, room, size), room, size)
    if len(pieces) == 1:
        return [(title, pieces[0])]
    return [(f"{title} [{n}/{len(pieces)}]", piece) for n, piece in enumerate(pieces, start=1)]


def _without(title: str, text: str) -> str:
    """Leave out a first line that the title says: a chat shows both, and once is enough."""
    first, _, rest = text.partition("\n")
    return rest.lstrip("\n") or text if title.endswith(first) else text
