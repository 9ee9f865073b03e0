"""What `deliveries` shows on a terminal, and what a message tells in the rest of a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.cli.terminal.event_rows import called
from batchbell.cli.terminal.grid import shorten
from batchbell.cli.terminal.readers_clock import readers_view
from batchbell.messages.headline import happening

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from batchbell.store.events import StoredEvent
    from batchbell.store.views.channels import ChannelView
    from batchbell.store.views.deliveries import LedgerEntry
    from batchbell.store.views.told_alike import ToldAlike
    from batchbell.store.views.troubles import ChannelTrouble

#: A line leaves what a message tells so much room, however much stands beside it.
NARROWEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What is known of messages, read in one transaction."""

    now: datetime
    #: What was sent, the newest first.
    sent: Sequence[ToldAlike]
    #: The command that shows older ones; '' if there are none.
    shows_older: str
    #: The channels that need a look, the worst first, and messages that each of them lacks, the
    #: youngest first.
    troubles: Sequence[ChannelTrouble]
    lacking: Mapping[str, Sequence[LedgerEntry]]
    #: The first event of each of these by its number.
    told: Mapping[int, Sequence[StoredEvent]]
    #: The numbers of those that tell only what is over.
    old: Collection[int]
    #: The channels with messages waiting that are well.
    waiting: Sequence[ChannelView]

    def what(self, entry: LedgerEntry, room: int) -> str:
        """Return the first event of a message, cut to that many columns, and how many more."""
        told = self.told.get(entry.delivery.notification_id, ())
        first = told[0] if told else None
        return what_is_told(first, entry.events, room, is_reminder=entry.delivery.is_reminder)


def what_is_told(first: StoredEvent | None, events: int, room: int, *, is_reminder: bool) -> str:
    """Return the first of several events, cut to that many columns, and how many more there are."""
    left = events - (first is not None)
    more = f" +{left:,} more" if left else ""
    again = "reminder: " if is_reminder else ""
    line = "" if first is None else _line(first)
    return shorten(f"{again}{line}", max(room - len(more), NARROWEST)) + more


def _line(stored: StoredEvent) -> str:
    """Return what it is about first: that must not be cut."""
    said = ", ".join(filter(None, happening(stored.event, readers_view())))
    return f"{called(stored.event)}: {said}"
