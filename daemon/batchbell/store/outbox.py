"""From events to the notifications they cause, in the transaction that decided them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import insert

from batchbell.core.mute import why_muted
from batchbell.core.routing import in_messages, route, worst_first
from batchbell.store import events as event_log
from batchbell.store import mutes
from batchbell.store.tables import notification_events, notifications

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.event import Event
    from batchbell.core.routing import Filter


def record_events(
    connection: Connection, events: Sequence[Event], filters: Sequence[Filter], now: datetime
) -> list[Event]:
    """Write the events that are new, and one digest per channel for them; return the new ones.

    An event whose unique key is there already was told before: it is dropped here.
    """
    if not events:
        return []
    muted = mutes.load(connection, now)
    routes = [
        route(event, filters, muted=why_muted(event, muted, now)) for event in worst_first(events)
    ]
    written = event_log.record(connection, routes)
    for wanted in filters:
        ids = [event_id for event_id, decided in written if wanted.channel in decided.told]
        for part in in_messages(ids):
            _enqueue(connection, wanted.channel, part, now)
    return [decided.event for _, decided in written]


def _enqueue(connection: Connection, channel: str, ids: Sequence[int], now: datetime) -> None:
    row = {
        "channel": channel,
        "key": str(uuid4()),
        "state": "pending",
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": now,
        "reason": "",
        "reminder": False,
    }
    statement = insert(notifications).values(row).returning(notifications.c.id)
    notification_id = connection.execute(statement).scalar_one()
    connection.execute(
        insert(notification_events),
        [
            {"event_id": event_id, "channel": channel, "notification_id": notification_id}
            for event_id in ids
        ],
    )
