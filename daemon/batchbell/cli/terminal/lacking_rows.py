"""The messages that channels in trouble lack: a row for each event, all in the same columns."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.grid import GAP, pad, text_width
from batchbell.cli.terminal.ledger_columns import LedgerRow, columns_of, event_row
from batchbell.cli.terminal.phrases import span
from batchbell.messages.event_folds import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from batchbell.cli.terminal.ledger import Ledger
    from batchbell.cli.terminal.ledger_columns import LedgerColumns
    from batchbell.messages.event_folds import Fold
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import LedgerEntry
    from batchbell.store.views.troubles import ChannelTrouble

#: What is said of a channel stands so far in, its messages below that.
INDENT = " " * 3
#: So many events of a message are shown.
_EVENTS_SHOWN = 4


class LackingRows(NamedTuple):
    """The rows of messages by their numbers, and how wide they are."""

    rows: Mapping[int, Sequence[LedgerRow]]
    columns: LedgerColumns

    def lines(self, entry: LedgerEntry) -> Iterator[str]:
        """Yield what a message tells."""
        for row in self.rows[entry.delivery.notification_id]:
            yield from self.columns.lines(row)


def lacking_rows(
    ledger: Ledger, shown: Iterable[tuple[ChannelTrouble, Sequence[LedgerEntry]]]
) -> LackingRows:
    """Return the rows of the messages that are shown of each channel."""
    entries = {
        entry.delivery.notification_id: (entry, trouble)
        for trouble, some in shown
        for entry in some
    }
    waits = {number: _wait(ledger, *about) for number, about in entries.items()}
    longest = max(map(text_width, waits.values()), default=0)
    rows = {
        number: [*_rows(ledger, entry, _lead(number, max(entries), waits[number], longest))]
        for number, (entry, _) in entries.items()
    }
    return LackingRows(rows, columns_of([*chain.from_iterable(rows.values())]))


def waits_for(trouble: ChannelTrouble, entry: LedgerEntry) -> bool:
    """Whether a message waits for its channel: that it does is said of that."""
    return trouble.fails and entry.delivery.state == "pending"


def _wait(ledger: Ledger, entry: LedgerEntry, trouble: ChannelTrouble) -> str:
    return span(ledger.now - entry.delivery.created_at) if waits_for(trouble, entry) else ""


def _lead(number: int, largest: int, wait: str, longest: int) -> str:
    """Return `no. 765   4h 24m`, as wide as the others'."""
    numbered = f"{INDENT}no. {number:<{len(str(largest))}}"
    return f"{numbered}{GAP}{pad(wait, longest, right=True)}" if longest else numbered


def _rows(ledger: Ledger, entry: LedgerEntry, lead: str) -> Iterator[LedgerRow]:
    """Yield a row for each event that a message tells, of many for the first ones."""
    number, is_reminder = entry.delivery.notification_id, entry.delivery.is_reminder
    folds: list[Fold[StoredEvent] | None] = [
        *folded(ledger.told.get(number, ()), lambda each: each.event)
    ]
    for at, fold in enumerate(folds[:_EVENTS_SHOWN] or [None]):
        told = () if fold is None else fold.all
        yield event_row(
            "" if at else lead,
            [stored.event for stored in told],
            is_reminder=is_reminder,
            is_past=bool(told) and all(map(ledger.is_past, told)),
        )
    left = len(folds) - _EVENTS_SHOWN
    if left > 0:
        yield LedgerRow("", None, "", f"and {left:,} more: batchbell deliveries show {number}")
