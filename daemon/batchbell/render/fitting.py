"""Making words fit a service's limits: less telling facts go first, and what was cut is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.wording.plain_text import ELLIPSIS, whole_before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from batchbell.core.wording.message import Entry, Message

#: (label, text).
Fact = tuple[str, str]

#: What a message must not lose, however short it has to be.
_NEEDED = frozenset({"Job", "Status", "Error", "Output file", "Error file", "Account", "Channel"})
#: A fact's text is cut to these lengths one after the other, characters.
_SHORTER = (120, 60, 40)
#: Takes the place of the facts that were dropped.
CUT = ("Shortened", "all of it: batchbell events")


def utf16_units(text: str) -> int:
    """Return how long JavaScript, Java and Telegram take a text to be."""
    return len(text.encode("utf-16-le")) // 2


def cut_to(text: str, limit: int, size: Callable[[str], int] = len) -> str:
    """Shorten `text` to at most `limit` units, an ellipsis included; no visible sign is parted."""
    if size(text) <= limit:
        return text
    room = limit - size(ELLIPSIS)
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= room else (low, middle - 1)
    return text[: whole_before(text, low)].rstrip() + ELLIPSIS


def fit_facts(
    facts: Sequence[Fact],
    limit: int,
    *,
    write: Callable[[Sequence[Fact]], str],
    size: Callable[[str], int] = len,
) -> str:
    """Return the facts as `write` puts them, in at most `limit` units.

    First the less telling ones are dropped, the last first; then the others are cut, the longest
    first. Whatever is lost is said.
    """
    kept = list(facts)
    if size(write(kept)) <= limit:
        return write(kept)
    for fact in reversed(facts):
        if fact[0] not in _NEEDED:
            kept.remove(fact)
            if size(write([*kept, CUT])) <= limit:
                return write([*kept, CUT])
    for length in _SHORTER:
        kept = [(label, cut_to(text, length)) for label, text in kept]
        if size(write([*kept, CUT])) <= limit:
            return write([*kept, CUT])
    few: list[Fact] = []
    for fact in (*kept, CUT):
        if size(write([*few, fact])) <= limit:
            few.append(fact)
    return write(few)


def under_head(
    head: str,
    facts: Sequence[Fact],
    room: int,
    *,
    write: Callable[[Sequence[Fact]], str],
    size: Callable[[str], int],
) -> str:
    """Return a headline with the facts below it, in at most `room` units."""
    text = fit_facts(facts, room - size(head) - 1, write=write, size=size)
    return f"{head}\n{text}" if text else head


def pieces(
    message: Message,
    limit: int,
    *,
    lead: str,
    block: Callable[[Entry, int], str],
    closing: str,
    size: Callable[[str], int] = len,
) -> list[str]:
    """Pack a digest's blocks into as few texts as possible, each of at most `limit` units.

    `block` writes an entry in at most so many units. A text after the first begins with its number.
    """
    room = limit - size("(99/99)\n\n")
    blocks = [lead, *(block(entry, room) for entry in message.entries)]
    packed: list[list[str]] = [[]]
    for text in (*blocks, closing) if closing else blocks:
        if packed[-1] and size("\n\n".join([*packed[-1], text])) > room:
            packed.append([])
        packed[-1].append(text)
    return list(_numbered(["\n\n".join(texts) for texts in packed]))


def _numbered(texts: list[str]) -> Iterable[str]:
    if len(texts) == 1:
        return texts
    return (f"({number}/{len(texts)})\n\n{text}" for number, text in enumerate(texts, start=1))
