"""Which notification is about which events: from events to their deliveries, and back."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func, select, union, union_all

from batchbell.store import events as event_log
from batchbell.store.batches import in_batches
from batchbell.store.tables import (
    attempts,
    events,
    notification_events,
    notifications,
    reminder_events,
)
from batchbell.store.views.deliveries import attempts_where, delivery_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from sqlalchemy import ColumnElement, Connection, Table

    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Attempt, Delivery


def of_job(connection: Connection, account: str, job_id: str) -> dict[int, list[Delivery]]:
    """Return the deliveries of a job's events by the event's id, each in the channels' order."""
    return _first_told(connection, _is_of_job(account, job_id))


def reminders_of_job(
    connection: Connection, account: str, job_id: str
) -> dict[int, list[Delivery]]:
    """Return the reminders of a job's events by the event's id, oldest first."""
    return _reminded(connection, _is_of_job(account, job_id))


def attempts_of_job(connection: Connection, account: str, job_id: str) -> dict[int, list[Attempt]]:
    """Return the attempts to send a job's events by the notification's id, oldest first."""
    of_job = select(events.c.id).where(_is_of_job(account, job_id))
    links = union(
        select(notification_events.c.notification_id).where(
            notification_events.c.event_id.in_(of_job)
        ),
        select(reminder_events.c.notification_id).where(reminder_events.c.event_id.in_(of_job)),
    )
    return attempts_where(connection, attempts.c.notification_id.in_(links))


def of_events(connection: Connection, event_ids: Iterable[int]) -> dict[int, list[Delivery]]:
    """Return the deliveries of these events by the event's id, reminders last."""
    found: dict[int, list[Delivery]] = defaultdict(list)
    for some in in_batches(list(event_ids)):
        for read in (_first_told, _reminded):
            for event_id, deliveries in read(connection, events.c.id.in_(some)).items():
                found[event_id].extend(deliveries)
    return dict(found)


def events_of(connection: Connection, notification_id: int) -> list[StoredEvent]:
    """Return the events that a notification is about."""
    ids = union(
        *(
            select(table.c.event_id).where(table.c.notification_id == notification_id)
            for table in (notification_events, reminder_events)
        )
    )
    return event_log.of_ids(connection, connection.execute(ids).scalars())


def all_events_of(
    connection: Connection, notification_ids: Iterable[int]
) -> Mapping[int, list[StoredEvent]]:
    """Return the events that each of these notifications is about, oldest first."""
    return first_events_of(connection, notification_ids, most=None)


def first_events_of(
    connection: Connection, notification_ids: Iterable[int], *, most: int | None
) -> Mapping[int, list[StoredEvent]]:
    """Return the first `most` events, None for all, that each of these notifications is about."""
    wanted = list(notification_ids)
    told = union_all(
        *(
            select(table.c.notification_id, table.c.event_id).where(
                table.c.notification_id.in_(wanted)
            )
            for table in (notification_events, reminder_events)
        )
    ).subquery()
    place = func.row_number().over(partition_by=told.c.notification_id, order_by=told.c.event_id)
    placed = select(told.c.notification_id, told.c.event_id, place.label("place")).subquery()
    query = select(placed).order_by(placed.c.event_id)
    if most is not None:
        query = query.where(placed.c.place <= most)
    rows = connection.execute(query).all()
    stored = {
        each.id: each for each in event_log.of_ids(connection, {row.event_id for row in rows})
    }
    found: dict[int, list[StoredEvent]] = defaultdict(list)
    for row in rows:
        found[row.notification_id].append(stored[row.event_id])
    return found


def _is_of_job(account: str, job_id: str) -> ColumnElement[bool]:
    return (events.c.account == account) & (events.c.job == job_id)


def _first_told(connection: Connection, wanted: ColumnElement[bool]) -> dict[int, list[Delivery]]:
    """Return the first deliveries of these events, each in the channels' order."""
    order = notification_events.c.event_id, notifications.c.channel
    return _deliveries(connection, notification_events, wanted, *order)


def _reminded(connection: Connection, wanted: ColumnElement[bool]) -> dict[int, list[Delivery]]:
    """Return what repeats these events, oldest first."""
    return _deliveries(connection, reminder_events, wanted, notifications.c.id)


def _deliveries(
    connection: Connection,
    links: Table,
    wanted: ColumnElement[bool],
    *order: ColumnElement[Any],
) -> dict[int, list[Delivery]]:
    query = (
        select(links.c.event_id, notifications)
        .join(notifications, notifications.c.id == links.c.notification_id)
        .join(events, events.c.id == links.c.event_id)
        .where(wanted)
        .order_by(*order)
    )
    by_event: dict[int, list[Delivery]] = defaultdict(list)
    for row in connection.execute(query):
        by_event[row.event_id].append(delivery_of(row))
    return dict(by_event)
