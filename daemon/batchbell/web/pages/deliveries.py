"""The page of the delivery ledger: channels in trouble and what failed first, then everything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.addresses import job_page
from batchbell.core.awaiting import awaited_until
from batchbell.messages.headline import headline
from batchbell.store import channels
from batchbell.store.views import deliveries, event_deliveries
from batchbell.store.views.channels import channel_views
from batchbell.web.components.cursor_page import CursorPage, cursor_page
from batchbell.web.components.delivery_entry import DeliveryEntry, delivery_entry
from batchbell.web.components.health_lines import troubled_channels

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from batchbell.store.database import Transaction
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import LedgerEntry
    from batchbell.web.asked import Asked
    from batchbell.web.components.health_lines import HealthLine

#: Failed deliveries that stand before everything else.
FAILED_FIRST = 20
#: Headlines of a digest that are shown.
_HEADLINES = 1
#: What can be chosen, and the words for it.
STATES = {"failed": "failing or given up", "pending": "waiting", "sent": "sent", "dead": "given up"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventHeadline:
    """An event that a delivery tells."""

    headline: str
    #: Where the job's page is, seen from the overview; '' for an event of no job.
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """What is shown of one delivery."""

    delivery: DeliveryEntry
    events: Sequence[EventHeadline]
    #: How many more events it tells.
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesPage:
    """What is shown of the ledger."""

    now: datetime
    #: What was chosen in the form; '' for everything.
    channel: str
    state: str
    channels: Sequence[str]
    states: Mapping[str, str]
    #: Those that failed stand first where nothing was chosen, and only there; how many there are,
    #: and the last.
    failed_count: int
    failed: Sequence[DeliveryLine]
    #: The channels in trouble, the worst first, where nothing was chosen.
    troubled: Sequence[HealthLine]
    lines: CursorPage[DeliveryLine]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.channel or self.state)


def read_deliveries_page(connection: Transaction, asked: Asked) -> DeliveriesPage:
    """Read `?channel=team&state=failed`; nonsense is as if it was not there.

    Raises `DatabaseError`.
    """
    query = asked.query
    channel = query.get("channel", "")
    state = query.get("state", "") if query.get("state") in STATES else ""
    is_first = not (channel or state or "before" in query or "after" in query)
    wanted = deliveries.DeliveryFilter(
        channel=channel or None,
        state=None if state in {"", "failed"} else state,
        failed=state == "failed",
    )

    def read(*, behind: int | None, oldest_first: bool, limit: int) -> list[LedgerEntry]:
        return deliveries.part(
            connection, wanted, behind=behind, oldest_first=oldest_first, limit=limit
        )

    chosen = {name: value for name, value in (("channel", channel), ("state", state)) if value}
    found = cursor_page(query, read, _id_of, chosen)
    failed = _last_failed(connection) if is_first else []
    above = {_id_of(entry) for entry in failed}
    others = [entry for entry in found.entries if _id_of(entry) not in above]
    return DeliveriesPage(
        now=asked.now,
        channel=channel,
        state=state,
        channels=sorted({*channels.names(connection), channel} - {""}),
        states=STATES,
        failed_count=deliveries.failed_count(connection) if failed else 0,
        failed=_lines(connection, failed, asked.now),
        # What to type stands once, below.
        troubled=troubled_channels(channel_views(connection), asked.now) if is_first else [],
        lines=CursorPage(
            entries=_lines(connection, others, asked.now),
            newer=found.newer,
            older=found.older,
        ),
    )


def _last_failed(connection: Transaction) -> list[LedgerEntry]:
    wanted = deliveries.DeliveryFilter(failed=True)
    return deliveries.part(connection, wanted, behind=None, oldest_first=False, limit=FAILED_FIRST)


def _lines(
    connection: Transaction, entries: Sequence[LedgerEntry], now: datetime
) -> list[DeliveryLine]:
    ids = [_id_of(entry) for entry in entries]
    attempts = deliveries.attempts_of(connection, ids)
    events = event_deliveries.first_events_of(connection, ids, most=_HEADLINES)
    healths = {each.channel: each for each in channels.load_configured(connection)}
    return [
        DeliveryLine(
            delivery=delivery_entry(
                entry.delivery,
                healths.get(entry.delivery.channel),
                attempts.get(_id_of(entry), ()),
                now,
                _awaited_until(events.get(_id_of(entry), ()), now),
            ),
            events=[_event_headline(stored) for stored in events.get(_id_of(entry), ())],
            more=max(entry.events - _HEADLINES, 0),
        )
        for entry in entries
    ]


def _awaited_until(told: Iterable[StoredEvent], now: datetime) -> datetime | None:
    waits = (awaited_until(stored.event, now) for stored in told)
    return max((until for until in waits if until is not None), default=None)


def _event_headline(stored: StoredEvent) -> EventHeadline:
    event = stored.event
    address = job_page(event.account, event.job_id) if event.job_id else ""
    return EventHeadline(headline=headline(event), address=address)


def _id_of(entry: LedgerEntry) -> int:
    return entry.delivery.notification_id
