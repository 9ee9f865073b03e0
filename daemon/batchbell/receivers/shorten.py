"""Making a text fit a channel of which only the plugin knows how much it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.messages.plain_text import whole_before

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A message is sent in at most about this many pieces; in pagers and text messages that is much.
PIECES_LIMIT = 16
_CUT_HERE = "\n\n(Cut here: too long for this channel. All of it: batchbell events)"


def fitting_text(texts: Sequence[str], room: int) -> str:
    """Return the text to send where a message has `room` characters; the first says most.

    The first two have all that a message must not lose: the one that fits into one message; else
    the first of the shorter ones that fits into as many pieces as there may be.
    """
    for text in texts[:2]:
        if len(text) <= room:
            return text
    for text in texts[1:]:
        if len(text) <= PIECES_LIMIT * room:
            return text
    return shorten(texts[-1], PIECES_LIMIT * room)


def shorten(text: str, limit: int) -> str:
    """Cut a text of over `limit` characters at the end of a block or line, and say so in it.

    No visible sign is parted.
    """
    if len(text) <= limit:
        return text
    kept = text[: whole_before(text, max(limit - len(_CUT_HERE), 0))]
    for end in ("\n\n", "\n"):
        whole, found, _ = kept.rpartition(end)
        if found and len(whole) > len(kept) // 2:
            kept = whole
            break
    return kept + _CUT_HERE
