"""What `deliveries` shows on a terminal, read in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.messages.outage_ends import RECOVERED

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from batchbell.store.events import StoredEvent
    from batchbell.store.views.channels import ChannelView
    from batchbell.store.views.deliveries import LedgerEntry
    from batchbell.store.views.told_alike import ToldAlike
    from batchbell.store.views.troubles import ChannelTrouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What is known of messages."""

    now: datetime
    #: What was sent last: nothing that was sent meanwhile is missing.
    sent: Sequence[ToldAlike]
    #: How many messages were sent before, and the command that shows them; '' for none.
    older: int
    shows_older: str
    #: The channels that need a look, the worst first, and messages that each of them lacks, the
    #: youngest first.
    troubles: Sequence[ChannelTrouble]
    lacking: Mapping[str, Sequence[LedgerEntry]]
    #: What each of these tells, by its number.
    told: Mapping[int, Sequence[StoredEvent]]
    #: The numbers of the events that are over.
    past: Collection[int]
    #: The channels with messages waiting that are well.
    waiting: Sequence[ChannelView]
    #: How many messages wait for a channel that tell only what is over, where these are counted.
    past_waiting: Mapping[str, int] = field(default_factory=dict)
    #: How many of those that are not shown tell a failure, where these are counted.
    failures_waiting: Mapping[str, int] = field(default_factory=dict)

    def failures_first(self, entry: LedgerEntry) -> tuple[bool, int]:
        """Return a sort key of messages: failures, then the youngest."""
        return not self.is_failure(entry), -entry.delivery.notification_id

    def is_failure(self, entry: LedgerEntry) -> bool:
        """Whether a message tells a failure that is not over."""
        told = self.told.get(entry.delivery.notification_id, ())
        return any(
            each.event.severity is Severity.FAILURE for each in told if not self.is_past(each)
        )

    def is_past(self, stored: StoredEvent) -> bool:
        """Whether an event needs nobody any more: it is over, or says that an outage is."""
        return stored.id in self.past or stored.event.kind in RECOVERED

    def is_old(self, number: int) -> bool:
        """Whether all that a message tells is over."""
        told = self.told.get(number, ())
        return bool(told) and all(stored.id in self.past for stored in told)
