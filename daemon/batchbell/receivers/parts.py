"""A digest in as few messages as it takes: it sheds what nobody acts on, then it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from batchbell.receivers.fitting import CUT, fit_facts
from batchbell.receivers.shedding import SHEDDING, Keep, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from batchbell.messages.entry import Entry
    from batchbell.messages.fact import Fact
    from batchbell.messages.message import Message

T = TypeVar("T")
#: The longest mark of a part.
LONGEST_MARK = " (99/99)"


def part_mark(number: int, count: int) -> str:
    """Return what stands behind the title of a part: ` (1/2)`; '' of what is one message."""
    return f" ({number}/{count})" if count > 1 else ""


def fewest(message: Message, parts: Callable[[Keep, Sequence[Fact]], list[T]]) -> list[T]:
    """Return a digest in as few parts as it can be without losing what presses.

    `parts` is given what to keep of each entry's facts, and the facts to close with. It sheds no
    more than makes the parts fewer, and says so.
    """
    found, closing = parts(whole, message.closing), (*message.closing, CUT)
    for keep in SHEDDING:
        if len(found) == 1:
            break
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
) -> list[str]:
    """Pack a digest into as few texts as possible, each of at most `room` units.

    `block` writes an entry with these facts in at most so many units, `lines` writes what it
    closes with; `between` stands between two.
    """

    def parts(keep: Keep, closing: Sequence[Fact]) -> list[str]:
        blocks = [block(entry, keep(entry), room) for entry in message.entries]
        ends = fit_facts(closing, room, write=lines, size=size)
        return packed([lead, *blocks, ends], room, size, between)

    return fewest(message, parts)


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
