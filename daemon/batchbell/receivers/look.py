"""How a severity looks in messages, on the page and on terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import Severity
from batchbell.messages.message import Message
from batchbell.messages.remedy import Asks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.messages.entry import Entry


class Look(NamedTuple):
    """A word and a sign besides the colour."""

    word: str
    sign: str
    #: Colours of Okabe and Ito's palette, told apart by colour-blind readers too.
    colour: str


LOOKS = {
    Severity.INFO: Look("Info", "i", "#56B4E9"),
    Severity.SUCCESS: Look("Success", "✓", "#009E73"),
    Severity.WARNING: Look("Warning", "!", "#E69F00"),
    Severity.FAILURE: Look("Failure", "✗", "#D55E00"),
}
#: A warning that is to be acted on now: as red as what failed, and not failed.
URGENT = LOOKS[Severity.FAILURE]._replace(word="Urgent", sign=LOOKS[Severity.WARNING].sign)


def look_of(told: Entry | Message) -> Look:
    """Return how something told looks: by how bad it is, and by whether it has time."""
    return look_of_all(told.entries) if isinstance(told, Message) else _look_of_one(told)


def look_of_all(entries: Sequence[Entry]) -> Look:
    """Return how several look: like the first, if that can't wait, else like the worst."""
    if entries and entries[0].asks is Asks.CANCEL:
        return _look_of_one(entries[0])
    order = [*LOOKS.values(), URGENT]
    return max(map(_look_of_one, entries), key=order.index, default=LOOKS[Severity.INFO])


def _look_of_one(entry: Entry) -> Look:
    if entry.asks is Asks.CANCEL and entry.severity < Severity.FAILURE:
        return URGENT
    if entry.asks is Asks.CONNECT and not entry.is_pressing:
        return LOOKS[min(entry.severity, Severity.WARNING)]
    return LOOKS[entry.severity]
