"""Events that several channels were told, each in messages of its own: one row of the ledger."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select, union

from batchbell.core.event import ENDS
from batchbell.messages.event_folds import IN_ENDS, end_of, folded, severity_of_row
from batchbell.store.batches import in_batches
from batchbell.store.tables import notification_events, reminder_events
from batchbell.store.views import deliveries
from batchbell.store.views.event_deliveries import all_events_of
from batchbell.store.views.said_once import said_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from batchbell.core.event import Event
    from batchbell.messages.event_folds import Fold
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import DeliveryFilter, LedgerEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldAlike:
    """What several channels were told, or are to be, in the same messages.

    Channels gather events into digests of different ones: an event stands once, whichever
    messages tell it.
    """

    #: The event, or those that are one row; None of a message that has none any more.
    fold: Fold[StoredEvent] | None
    is_reminder: bool
    #: One message for each channel, at least one, in the order they were asked for.
    entries: Sequence[LedgerEntry]

    @property
    def events(self) -> list[Event]:
        """All that it tells."""
        return [] if self.fold is None else [stored.event for stored in self.fold.all]

    @property
    def key(self) -> tuple[int, int]:
        """What tells it from others: its first message, and the event that it is about."""
        number = min(entry.delivery.notification_id for entry in self.entries)
        return number, 0 if self.fold is None else self.fold.first.id


class _Telling(NamedTuple):
    """Which messages tell an event."""

    is_reminder: bool
    numbers: tuple[int, ...]


def told_alike(
    connection: Connection, entries: Sequence[LedgerEntry], others: DeliveryFilter
) -> list[ToldAlike]:
    """Return a row for each event of these messages, in the order of the first that tells it.

    Of one message the worst stands first. Behind the messages that were asked for stand what else
    tells the same of all that `others` leaves. An event that only a reminder was asked for of is
    a row as the reminder alone: its first message has a place of its own, far below.
    """
    told = told_by(connection, entries)
    asked = {stored.id for some in told.values() for stored in some}
    more = deliveries.of_numbers(connection, _sharing(connection, asked) - told.keys(), others)
    told_by_more = told_by(connection, more)
    everything = {each.delivery.notification_id: each for each in (*entries, *more)}
    shared = {
        number: [stored for stored in some if stored.id in asked]
        for number, some in (told | told_by_more).items()
    }
    rows = [
        ToldAlike(
            fold=fold,
            is_reminder=telling.is_reminder,
            entries=[everything[number] for number in telling.numbers],
        )
        for telling, several in _together(everything, shared).items()
        if not told.keys().isdisjoint(telling.numbers)
        for fold in (folded(several, _event_of) if several else (None,))
    ]
    place = {number: at for at, number in enumerate(everything)}
    return sorted(rows, key=lambda row: _order(row, place))


def told_by(connection: Connection, entries: Iterable[LedgerEntry]) -> dict[int, list[StoredEvent]]:
    """Return what each of these messages tells, by its number, no fact twice."""
    found = all_events_of(connection, (each.delivery.notification_id for each in entries))
    return {
        each.delivery.notification_id: said_once(found.get(each.delivery.notification_id, ()), {})
        for each in entries
    }


def _together(
    everything: Mapping[int, LedgerEntry], told: Mapping[int, Sequence[StoredEvent]]
) -> dict[_Telling, list[StoredEvent]]:
    """Return the events by the messages that tell them, in the order they happened.

    A verdict that only channels are told that are told the end too goes with the end.
    """
    by_event: defaultdict[tuple[int, bool], list[int]] = defaultdict(list)
    stored = {each.id: each for some in told.values() for each in some}
    found: dict[_Telling, list[StoredEvent]] = {}
    for number, entry in everything.items():
        is_reminder = entry.delivery.is_reminder
        for each in told[number]:
            by_event[each.id, is_reminder].append(number)
        if not told[number]:
            found[_Telling(is_reminder, (number,))] = []
    ends = {
        (end_of(stored[event_id].event), is_reminder): numbers
        for (event_id, is_reminder), numbers in by_event.items()
        if stored[event_id].event.kind in ENDS
    }
    for (event_id, is_reminder), numbers in sorted(by_event.items()):
        event = stored[event_id].event
        of_end = ends.get((end_of(event), is_reminder), ()) if event.kind in IN_ENDS else ()
        those = of_end if {*numbers} <= {*of_end} else numbers
        found.setdefault(_Telling(is_reminder, (*those,)), []).append(stored[event_id])
    return found


def _order(row: ToldAlike, place: Mapping[int, int]) -> tuple[int, int, int]:
    first = min(place[entry.delivery.notification_id] for entry in row.entries)
    if row.fold is None:
        return first, 0, 0
    return first, -severity_of_row(row.events), -row.fold.first.id


def _event_of(stored: StoredEvent) -> Event:
    return stored.event


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
