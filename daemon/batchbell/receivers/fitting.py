"""Making words fit a service's limits: less telling facts go first, and what was cut is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.messages.fact import DEEDS, IDS, Fact, Role
from batchbell.messages.plain_text import ELLIPSIS, whole_before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

#: What a message must not lose, the most needed first.
NEEDED = (Role.JOB, Role.STATUS, Role.FILE, Role.ERROR, Role.ACCOUNT, Role.CHANNEL)
#: What goes first where there is no room: what the headline says too, what it took, when it was,
#: what was worked on.
_FIRST_TO_GO = (Role.SHARE, Role.USAGE, Role.TIME, Role.WORK)
#: What goes after everything else that is not needed; never goes what to do.
_LAST_TO_GO = frozenset({Role.ADVICE, Role.NOTE})
#: What is left where there is room for a few facts, the most needed first.
_OUTLASTS = (Role.JOB, Role.STATUS, Role.FILE, Role.REMEDY, Role.ERROR, Role.ACCOUNT, Role.CHANNEL)
#: What is cut at last.
_WHOLE = IDS | {Role.REMEDY}
#: Texts are cut to these lengths one after the other, characters.
_SHORTER = (120, 60, 40)
#: Ids stay whole up to this length, characters; usual ones have at most 41.
_ID_CHARS = 64
#: Takes the place of the facts that were dropped.
CUT = Fact("Shortened. All of it", "batchbell events", Role.ADVICE)


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


def needed(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return those facts that a message must not lose."""
    return tuple(fact for fact in facts if fact.role in NEEDED)


def choose(
    facts: Sequence[Fact], limit: int, size: Callable[[Sequence[Fact]], int]
) -> tuple[Fact, ...]:
    """Return facts that take at most `limit` units.

    First the less telling ones are dropped, the last first, never what to do; then texts are cut,
    ids only if they are longer than any real one; then what is needed least goes. Whatever is lost
    is said.
    """
    kept = tuple(facts)
    if size(kept) <= limit:
        return kept
    for shorter in _ever_shorter(kept):
        if size((*shorter, CUT)) <= limit:
            return (*shorter, CUT)
        kept = shorter
    few: tuple[Fact, ...] = ()
    for fact in (*sorted(kept, key=lambda fact: _OUTLASTS.index(fact.role)), CUT):
        if size((*few, fact)) <= limit:
            few = (*few, fact)
    return few


def _ever_shorter(facts: tuple[Fact, ...]) -> Iterable[tuple[Fact, ...]]:
    kept = facts
    for fact in _to_drop(facts):
        kept = tuple(other for other in kept if other is not fact)
        yield kept
    for length in _SHORTER:
        kept = tuple(fact if fact.role in _WHOLE else _cut(fact, length) for fact in kept)
        yield kept
    yield tuple(fact if fact.role in IDS else _cut(fact, _ID_CHARS) for fact in kept)
    yield tuple(_cut(fact, _ID_CHARS) for fact in kept)


def _to_drop(facts: Sequence[Fact]) -> list[Fact]:
    """Return the facts that are not needed as they go: of those that go together the last first."""
    first_cause = next((fact for fact in facts if fact.role is Role.CAUSE), None)

    def place(fact: Fact) -> int:
        if fact.role in _FIRST_TO_GO:
            return _FIRST_TO_GO.index(fact.role)
        behind = (True, fact.role in DEEDS, fact is first_cause, fact.role in _LAST_TO_GO)
        return len(_FIRST_TO_GO) + max(n for n, holds in enumerate(behind) if holds)

    dropped = [fact for fact in reversed(facts) if fact.role not in (*NEEDED, Role.REMEDY)]
    return sorted(dropped, key=place)


def _cut(fact: Fact, length: int) -> Fact:
    return fact._replace(text=cut_to(fact.text, length))


def fit_facts(
    facts: Sequence[Fact],
    limit: int,
    *,
    write: Callable[[Sequence[Fact]], str],
    size: Callable[[str], int] = len,
) -> str:
    """Return the facts as `write` puts them, in at most `limit` units; shortened as `choose`."""
    return write(choose(facts, limit, lambda some: size(write(some))))


def under_head(
    head: str,
    facts: Sequence[Fact],
    room: int,
    *,
    write: Callable[[Sequence[Fact]], str],
    size: Callable[[str], int],
) -> str:
    """Return a headline with the facts below it, in at most `room` units."""
    text = fit_facts(facts, room - size(f"{head}\n"), write=write, size=size)
    return f"{head}\n{text}" if text else head
