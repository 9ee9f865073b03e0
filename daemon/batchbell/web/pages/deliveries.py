"""The page of the delivery ledger: which channels lack what, then every message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.messages.plain_text import counted
from batchbell.store import channels
from batchbell.store.views import deliveries
from batchbell.store.views.channels import channel_views
from batchbell.store.views.told_alike import told_alike
from batchbell.store.views.troubles import troubles
from batchbell.web.components.cursor_page import CursorPage, cursor_page
from batchbell.web.components.lacking_channel import LackingChannel, in_short, lacking_channel
from batchbell.web.components.message_line import MessageLine, message_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from batchbell.store.database import Transaction
    from batchbell.store.views.deliveries import DeliveryFilter, LedgerEntry
    from batchbell.store.views.told_alike import ToldAlike
    from batchbell.store.views.troubles import ChannelTrouble
    from batchbell.web.asked import Asked

#: Deliveries of one stretch: most messages go to several channels.
ROWS = 100
#: So many channels in trouble are named in the verdict; of more it counts them.
_NAMED = 3
#: What can be chosen, and the words for it.
STATES = {
    "failed": "failing or given up",
    "unsent": "not sent",
    "pending": "waiting",
    "sent": "sent",
    "dead": "given up",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerVerdict:
    """Whether everybody was told everything."""

    severity: Severity
    sentence: str
    #: The channels that lack something, the worst first.
    lacking: Sequence[LackingChannel]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesPage:
    """What is shown of the ledger."""

    now: datetime
    #: What was chosen in the form; '' for everything.
    channel: str
    state: str
    channels: Sequence[str]
    states: Mapping[str, str]
    #: Of the channel that was chosen only; None if all is well with it, or nothing had to be told.
    verdict: LedgerVerdict | None
    lines: CursorPage[MessageLine]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.channel or self.state)


def read_deliveries_page(connection: Transaction, asked: Asked) -> DeliveriesPage:
    """Read `?channel=team&state=failed`; nonsense is as if it was not there.

    Raises `DatabaseError`.
    """
    channel = asked.query.get("channel", "")
    state = asked.query.get("state", "") if asked.query.get("state") in STATES else ""
    is_narrowed = bool(channel or state)
    bad = [each for each in troubles(connection) if channel in {"", each.name}]
    waits_above = (each.name for each in bad if each.fails and not is_narrowed)
    # What waits for a receiver to be well stands with its channel, above.
    wanted = deliveries.DeliveryFilter(
        channel=channel or None,
        state=None if state in {"", "failed", "unsent"} else state,
        failed=state == "failed",
        unsent=state == "unsent",
        without_waiting_for=frozenset(waits_above),
    )
    found = _stretch(connection, wanted, asked.query, {"channel": channel, "state": state})
    several = _whole(connection, found.entries, wanted, is_narrowed=is_narrowed)
    return DeliveriesPage(
        now=asked.now,
        channel=channel,
        state=state,
        channels=sorted({*channels.names(connection), channel} - {""}),
        states=STATES,
        verdict=_verdict(connection, bad, asked.now, is_narrowed=is_narrowed)
        if bad or (several and not is_narrowed)
        else None,
        lines=CursorPage(
            entries=message_lines(connection, several, asked.now),
            newer=found.newer,
            older=found.older,
        ),
    )


def _stretch(
    connection: Transaction,
    wanted: DeliveryFilter,
    query: Mapping[str, str],
    chosen: Mapping[str, str],
) -> CursorPage[LedgerEntry]:
    def read(*, behind: int | None, oldest_first: bool, limit: int) -> list[LedgerEntry]:
        return deliveries.part(
            connection, wanted, behind=behind, oldest_first=oldest_first, limit=limit
        )

    said = {name: value for name, value in chosen.items() if value}
    return cursor_page(query, read, _id_of, said, rows=ROWS)


def _whole(
    connection: Transaction,
    entries: Sequence[LedgerEntry],
    wanted: DeliveryFilter,
    *,
    is_narrowed: bool,
) -> list[ToldAlike]:
    """Return the messages of a stretch, each whole, where the youngest of its deliveries is.

    Of one whose younger deliveries are on the stretch before nothing is shown again.
    """
    others = wanted if is_narrowed else deliveries.DeliveryFilter()
    youngest = max(map(_id_of, entries), default=0)

    def is_listed(entry: LedgerEntry) -> bool:
        waits = entry.delivery.state == "pending"
        return not (waits and entry.delivery.channel in wanted.without_waiting_for)

    return [
        told
        for told in told_alike(connection, entries, others)
        if max(_id_of(each) for each in told.entries if is_listed(each)) <= youngest
    ]


def _verdict(
    connection: Transaction, bad: Sequence[ChannelTrouble], now: datetime, *, is_narrowed: bool
) -> LedgerVerdict:
    return LedgerVerdict(
        severity=max((each.severity for each in bad), default=Severity.SUCCESS),
        sentence=_in_trouble(bad) if bad else _all_well(connection),
        lacking=[
            lacking_channel(connection, each, now, with_messages=not is_narrowed) for each in bad
        ],
    )


def _in_trouble(bad: Sequence[ChannelTrouble]) -> str:
    if len(bad) <= _NAMED:
        return ", ".join(map(in_short, bad))
    silent = sum(each.fails for each in bad)
    parts = [
        (silent, "channel doesn't deliver", "channels don't deliver"),
        (len(bad) - silent, "channel lacks messages", "channels lack messages"),
    ]
    return ", ".join(counted(*part) for part in parts if part[0])


def _all_well(connection: Transaction) -> str:
    waits = any(view.backlog.pending for view in channel_views(connection))
    return f"Every message arrived{' or waits for its turn' if waits else ''}"


def _id_of(entry: LedgerEntry) -> int:
    return entry.delivery.notification_id
