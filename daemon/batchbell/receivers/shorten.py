"""Making a plain text fit what a channel takes: fewer facts, then more messages, then a cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.messages.plain_text import whole_before

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: A message is sent in at most about this many pieces; in pagers and text messages that is much.
PIECES_LIMIT = 16
#: A digest takes up to so many, rather than that it does not say what to do.
_FEW_PIECES = 3
_CUT_HERE = "\n\n(Cut here: too long for this channel. All of it: batchbell events)"


def fitting_text(texts: Sequence[str], room: int, size: Callable[[str], int] = len) -> str:
    """Return the text to send where a message has `room` units; the first says most.

    The last two say less than what to do. Of the others it is the first that fits into one message,
    else into a few; else the first of the two that fits into as many pieces as there may be.
    """
    telling, least = texts[:-2], texts[-2:]
    tried = (
        *((text, 1) for text in telling),
        *((text, _FEW_PIECES) for text in telling[1:]),
        *((text, PIECES_LIMIT) for text in least),
    )
    for text, pieces in tried:
        if size(text) <= pieces * room:
            return text
    return shorten(texts[-1], PIECES_LIMIT * room, size)


def split(text: str, room: int, size: Callable[[str], int] = len) -> list[str]:
    """Return the text in parts of at most `room` units, parted at the end of blocks or lines.

    No visible sign is parted.
    """
    parts = []
    rest = text.rstrip()
    while size(rest) > room:
        part = _whole_part(rest, room, size)
        parts.append(part)
        rest = rest[len(part) :].strip("\n")
    return [*parts, rest] if rest or not parts else parts


def shorten(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """Cut a text of over `limit` units at the end of a block or line, and say so in it.

    No visible sign is parted.
    """
    if size(text) <= limit:
        return text
    return _whole_part(text, max(limit - size(_CUT_HERE), 0), size) + _CUT_HERE


def _whole_part(text: str, limit: int, size: Callable[[str], int]) -> str:
    """Return the beginning up to the end of a block or line, if that is most of what fits."""
    low, high = 0, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= limit else (low, middle - 1)
    # One sign of very many characters may fit nowhere.
    kept = text[: whole_before(text, low) or low]
    for end in ("\n\n", "\n"):
        whole, found, _ = kept.rpartition(end)
        if found and len(whole) > len(kept) // 2:
            return whole
    return kept
