"""The delivery ledger on a terminal: a line for each message, and why one did not go through."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.event_rows import called
from batchbell.cli.terminal.grid import GAP, pad, shorten, text_width
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.signs import sign
from batchbell.messages.delivery_words import how_far
from batchbell.messages.headline import happening
from batchbell.messages.plain_text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Delivery, LedgerEntry

#: A line leaves what a message tells so much room, however wide its channel is called.
_NARROWEST = 20
_HEADERS = ("ID", " ", "Channel", "State", "Tells")


def ledger_rows(
    entries: Sequence[LedgerEntry], told: Mapping[int, Sequence[StoredEvent]], now: datetime
) -> Iterator[str]:
    """Yield each delivery in a line: number, channel, how far it came, what it tells.

    Below stands why it was given up or fails; of several that did for one reason, below the last.
    `told` has the first event of each by its number.
    """
    rows = [_cells(entry.delivery, now) for entry in entries]
    widths = [max(map(text_width, column)) for column in zip(_HEADERS[:-1], *rows, strict=True)]
    taken = sum(widths) + len(widths) * len(GAP)
    header = GAP.join((*_padded(_HEADERS[:-1], widths), _HEADERS[-1]))
    yield click.style(header, bold=True)
    last = {(entry.delivery.channel, _reason(entry.delivery)): entry for entry in entries}
    for entry, cells in zip(entries, rows, strict=True):
        severity, _, _ = how_far(entry.delivery, now)
        number, mark, *others = _padded(cells, widths)
        lead = GAP.join((number, painted(mark, severity), *others, ""))
        yield lead + _what(entry, told.get(entry.delivery.notification_id, ()), taken)
        reason = _reason(entry.delivery)
        if reason and last[entry.delivery.channel, reason] is entry:
            below = widths[0] + widths[1] + 2 * len(GAP)
            yield from hanging(f"{' ' * below}{reason}", below=below)


def _cells(delivery: Delivery, now: datetime) -> tuple[str, str, str, str]:
    severity, phrase, _ = how_far(delivery, now)
    return str(delivery.notification_id), sign(severity), delivery.channel, phrase


def _padded(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Return cells as wide as their columns; numbers stand at the right."""
    return [
        pad(cell, width, right=not at)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]


def _what(entry: LedgerEntry, told: Sequence[StoredEvent], taken: int) -> str:
    """Return the first event, cut to the rest of the line, and how many more there are."""
    more = f" +{entry.events - len(told):,} more" if entry.events > len(told) else ""
    again = "reminder: " if entry.delivery.is_reminder else ""
    room = shutil.get_terminal_size().columns - taken - len(more)
    line = "".join(_line(stored.event) for stored in told[:1])
    return shorten(f"{again}{line}", max(room, _NARROWEST)) + more


def _line(event: Event) -> str:
    """Return what it is about first: that must not be cut."""
    said = ", ".join(filter(None, happening(event)))
    return f"{called(event)}: {said}"


def _reason(delivery: Delivery) -> str:
    if delivery.state == "sent" or not delivery.reason:
        return ""
    tries = f" ({counted(delivery.attempts, 'attempt')})" if delivery.attempts > 1 else ""
    return f"{one_line(delivery.reason)}{tries}"
