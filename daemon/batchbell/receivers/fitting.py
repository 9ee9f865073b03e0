"""Making words fit a service's limits: less telling facts go first, and what was cut is said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from batchbell.messages.fact import DEEDS, IDS, WAYS, Fact, Role
from batchbell.messages.plain_text import ELLIPSIS, whole_before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from batchbell.messages.entry import Entry
    from batchbell.messages.message import Message

T = TypeVar("T")
#: What is left of an entry's facts.
Keep: TypeAlias = "Callable[[Sequence[Fact]], Sequence[Fact]]"

#: What a message must not lose, the most needed first.
_NEEDED = (Role.JOB, Role.STATUS, Role.FILE, Role.ERROR, Role.ACCOUNT, Role.CHANNEL)
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
#: Between two of them; a file's name may have a dot and a space, but no sentence goes on small.
_SENTENCES = re.compile(r"(?<=\.) (?=[A-Z0-9])")
#: How those begin that say what becomes of what is done.
_BECOMES = ("What is done ", "Nothing is done ")
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
    return tuple(fact for fact in facts if fact.role in _NEEDED)


def to_act(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return of a digest's entry what to do, in short, what is needed, and the job's page."""
    kept = (fact for fact in facts if fact.role in (*_NEEDED, Role.REMEDY, Role.LINK))
    return tuple(_in_short(fact) if fact.role is Role.REMEDY else fact for fact in kept)


def _in_short(fact: Fact) -> Fact:
    """Leave out what becomes of the part that is done: nobody has to do that."""
    told = _SENTENCES.split(fact.text)
    return fact._replace(text=" ".join(each for each in told if not each.startswith(_BECOMES)))


def without_ways(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return what a digest's entry says, but not how to get from it to its files."""
    return tuple(fact for fact in facts if fact.role not in WAYS)


def without_commands(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return what a digest's entry says without what is to be copied: the job's page has it."""
    is_linked = any(fact.role is Role.LINK for fact in facts)
    return tuple(fact for fact in facts if fact.role is not Role.COMMAND or not is_linked)


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

    dropped = [fact for fact in reversed(facts) if fact.role not in (*_NEEDED, Role.REMEDY)]
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


def fewest(message: Message, parts: Callable[[Keep, Sequence[Fact]], list[T]]) -> list[T]:
    """Return a digest in as few parts as it can be without losing what to do.

    `parts` is given what to keep of each entry's facts, and the facts to close with.
    """
    whole, closing = parts(tuple, message.closing), message.closing
    if len(whole) == 1:
        return whole
    shorter = (parts(without_commands, closing), parts(to_act, (*closing, CUT)))
    return min(whole, *shorter, key=len)


def pieces(
    message: Message,
    limit: int,
    *,
    lead: str,
    block: Callable[[Entry, Sequence[Fact], int], str],
    lines: Callable[[Sequence[Fact]], str],
    size: Callable[[str], int] = len,
    between: str = "\n\n",
) -> list[str]:
    """Pack a digest into as few texts as possible, each of at most `limit` units.

    `block` writes an entry with these facts in at most so many units, `lines` writes what it
    closes with; `between` stands between two. Of several texts each begins with its number.
    """
    room = limit - size("(99/99)\n\n")

    def parts(keep: Keep, closing: Sequence[Fact]) -> list[str]:
        blocks = [block(entry, keep(entry.digest_facts), room) for entry in message.entries]
        ends = fit_facts(closing, room, write=lines, size=size)
        return packed([lead, *blocks, ends], room, size, between)

    return list(_numbered(fewest(message, parts)))


def packed(
    blocks: Sequence[str], room: int, size: Callable[[str], int], between: str = "\n\n"
) -> list[str]:
    """Join blocks, in their order, to texts of at most `room` units; no block is parted."""
    texts: list[str] = []
    for block in filter(None, blocks):
        longer = f"{texts[-1]}{between}{block}" if texts else block
        if texts and size(longer) <= room:
            texts[-1] = longer
        else:
            texts.append(block.lstrip("\n"))
    return texts


def _numbered(texts: list[str]) -> Iterable[str]:
    if len(texts) == 1:
        return texts
    return (f"({number}/{len(texts)})\n\n{text}" for number, text in enumerate(texts, start=1))
