"""What `deliveries` shows on a terminal, and what a message tells in the rest of a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.cli.terminal.event_rows import called
from batchbell.cli.terminal.grid import shorten
from batchbell.messages.headline import happening

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from batchbell.store.events import StoredEvent
    from batchbell.store.views.channels import ChannelView
    from batchbell.store.views.deliveries import LedgerEntry

#: A line leaves what a message tells so much room, however much stands beside it.
NARROWEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What is known of messages, read in one transaction."""

    now: datetime
    #: Messages, oldest first.
    entries: Sequence[LedgerEntry]
    #: Those given up or failing, oldest first, however old.
    failed: Sequence[LedgerEntry]
    #: The first event of each by its number.
    told: Mapping[int, Sequence[StoredEvent]]
    #: The numbers of those that tell only what is over.
    old: Collection[int]
    #: The configured channels by name.
    channels: Mapping[str, ChannelView]

    def what(self, entry: LedgerEntry, room: int) -> str:
        """Return the first event of a message, cut to that many columns, and how many more."""
        told = self.told.get(entry.delivery.notification_id, ())
        more = f" +{entry.events - len(told):,} more" if entry.events > len(told) else ""
        again = "reminder: " if entry.delivery.is_reminder else ""
        line = "".join(_line(stored) for stored in told[:1])
        return shorten(f"{again}{line}", max(room - len(more), NARROWEST)) + more


def _line(stored: StoredEvent) -> str:
    """Return what it is about first: that must not be cut."""
    said = ", ".join(filter(None, happening(stored.event)))
    return f"{called(stored.event)}: {said}"
