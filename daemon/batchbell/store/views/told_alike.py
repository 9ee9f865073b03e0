"""Messages that tell several channels the same: one line of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, union

from batchbell.store.batches import in_batches
from batchbell.store.tables import notification_events, reminder_events
from batchbell.store.views import deliveries
from batchbell.store.views.event_deliveries import first_events_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import DeliveryFilter, LedgerEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlike:
    """What several channels were told, or are to be, each in a message of its own."""

    #: The first event; None if there is none any more.
    first: StoredEvent | None
    #: How many events it is.
    events: int
    is_reminder: bool
    #: One message for each channel, at least one, in the order they were asked for.
    entries: Sequence[LedgerEntry]


def told_alike(
    connection: Connection, entries: Sequence[LedgerEntry], others: DeliveryFilter
) -> list[ToldAlike]:
    """Return these messages, those about the same together, in the order of the first of each.

    Behind them stand what else tells the same of all that `others` leaves.
    """
    ids = [entry.delivery.notification_id for entry in entries]
    told = dict(first_events_of(connection, ids, most=1))
    sharing = _sharing(connection, {each.id for some in told.values() for each in some})
    more = deliveries.of_numbers(connection, sharing - {*ids}, others)
    told |= first_events_of(connection, [each.delivery.notification_id for each in more], most=1)
    alike: dict[object, ToldAlike] = {}
    for entry, is_asked in (*((each, True) for each in entries), *((each, False) for each in more)):
        number, is_reminder = entry.delivery.notification_id, entry.delivery.is_reminder
        first = next(iter(told.get(number, ())), None)
        about = number if first is None else (first.id, entry.events, is_reminder)
        before = alike.get(about)
        if before is not None or is_asked:
            alike[about] = ToldAlike(
                first=first,
                events=entry.events,
                is_reminder=is_reminder,
                entries=(*(before.entries if before is not None else ()), entry),
            )
    return list(alike.values())


def _sharing(connection: Connection, event_ids: Iterable[int]) -> set[int]:
    """Return the numbers of all messages about any of these events."""
    found: set[int] = set()
    for some in in_batches(sorted(event_ids)):
        either = union(
            *(
                select(table.c.notification_id).where(table.c.event_id.in_(some))
                for table in (notification_events, reminder_events)
            )
        )
        found.update(connection.execute(either).scalars())
    return found
