"""A digest in as few messages as it takes: it sheds what nobody acts on, then it goes on."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from batchbell.receivers.fitting import fit_facts
from batchbell.receivers.look import look_of, look_of_all
from batchbell.receivers.shedding import LOSING, SHEDDING, Keep, shortened, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from batchbell.messages.entry import Entry
    from batchbell.messages.fact import Fact
    from batchbell.messages.message import Message
    from batchbell.receivers.look import Look

T = TypeVar("T")


class Packed(NamedTuple):
    """Several blocks in one text."""

    text: str
    #: Where among the blocks those in it stand.
    places: tuple[int, ...]


class Piece(NamedTuple):
    """One text of a digest."""

    text: str
    #: How bad and urgent it looks.
    look: Look


#: The title of all parts but the first: what the first one's says is not in them.
CONTINUED = "Continued"
#: So many parts are read rather than a single one that lacks what somebody has to do.
_FEW = 2
#: The longest mark of a part.
LONGEST_MARK = " (99/99)"


def part_mark(number: int, count: int) -> str:
    """Return what stands behind the title of a part: ` (1/2)`; '' of what is one message."""
    return f" ({number}/{count})" if count > 1 else ""


def part_title(title: str, number: int, count: int) -> str:
    """Return the title of a part of a message that is called `title`."""
    return (title if number == 1 else CONTINUED) + part_mark(number, count)


def part_look(message: Message, number: int, told: Sequence[Entry]) -> Look:
    """Return how a part looks: the first one, whose title tells of all, like the message."""
    if number == 1:
        return look_of(message)
    return look_of_all(told)


def continued(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries as they are where a part begins: below what their section asks for."""
    found: list[Entry] = []
    for _, section in groupby(entries, key=lambda entry: entry.asks):
        first, *others = section
        # The count in brackets behind it is of all of them.
        called = first.heading.rpartition(" (")[0]
        heading = f"{called} (continued)" if called else ""
        below = (replace(each, heading=heading, for_all=first.for_all) for each in others)
        found += [first, *below]
    return found


def fewest(message: Message, parts: Callable[[Keep, Sequence[Fact]], list[T]]) -> list[T]:
    """Return a digest in as few parts as it can be without losing what presses.

    `parts` is given what to keep of each entry's facts, and the facts to close with. It sheds no
    more than makes the parts fewer, and says so. What somebody has to do is in full as long as that
    takes no more than a few parts.
    """
    found = parts(whole, message.closing)
    for keep in SHEDDING:
        if len(found) <= (_FEW if keep in LOSING else 1):
            break
        closing = (*message.closing, shortened(message.entries, keep))
        found = min(found, parts(keep, closing), key=len)
    return found


def pieces(
    message: Message,
    room: int,
    *,
    lead: str,
    block: Callable[[Entry, Sequence[Fact], int], str],
    lines: Callable[[Sequence[Fact]], str],
    size: Callable[[str], int] = len,
    between: str = "\n\n",
) -> list[Piece]:
    """Pack a digest into as few texts as possible, each of at most `room` units.

    `block` writes an entry with these facts in at most so many units, `lines` writes what it
    closes with; `between` stands between two.
    """
    entries, at_top = message.entries, continued(message.entries)

    def parts(keep: Keep, closing: Sequence[Fact]) -> list[Piece]:
        blocks = [block(entry, keep(entry), room) for entry in entries]
        ends = fit_facts(closing, room, write=lines, size=size)
        texts = [lead, *blocks, ends]

        def begun(place: int) -> str:
            if not 0 < place <= len(entries):
                return texts[place]
            return block(at_top[place - 1], keep(entries[place - 1]), room)

        found = packed(texts, room, size, between, begun=begun)
        return [piece(number, *each) for number, each in enumerate(found, start=1)]

    def piece(number: int, text: str, places: Sequence[int]) -> Piece:
        told = [entries[place - 1] for place in places if 0 < place <= len(entries)]
        return Piece(text, part_look(message, number, told))

    return fewest(message, parts)


def packed(
    blocks: Sequence[str],
    room: int,
    size: Callable[[str], int],
    between: str = "\n\n",
    *,
    begun: Callable[[int], str] | None = None,
) -> list[Packed]:
    """Join blocks, in their order, to texts of at most `room` units; no block is parted.

    `begun` returns the block of a place as it is where it begins another text than the first.
    """
    found: list[Packed] = []
    for place, block in enumerate(blocks):
        if not block:
            continue
        longer = f"{found[-1].text}{between}{block}" if found else block
        if found and size(longer) <= room:
            found[-1] = Packed(longer, (*found[-1].places, place))
        else:
            first = begun(place) if found and begun else block
            found.append(Packed(first.lstrip("\n"), (place,)))
    return found
