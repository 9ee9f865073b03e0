"""From events to the notifications they cause, in the transaction that decided them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import insert

from batchbell.core.mute import why_muted
from batchbell.core.remind import is_failure
from batchbell.core.routing import in_messages, route, worst_first
from batchbell.store import acks, mutes, reminders
from batchbell.store import events as event_log
from batchbell.store.tables import notification_events, notifications, reminder_events

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.event import Event
    from batchbell.core.routing import Filter, Route


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
    _record_failures(connection, written, filters)
    return [decided.event for _, decided in written]


def enqueue_reminders(
    connection: Connection, channel: str, event_ids: Sequence[int], now: datetime
) -> int:
    """Queue digests that repeat these events to a channel; return how many."""
    parts = in_messages(event_ids)
    for part in parts:
        notification_id = _make_notification(connection, channel, now, reminder=True)
        connection.execute(
            insert(reminder_events),
            [{"notification_id": notification_id, "event_id": event_id} for event_id in part],
        )
    return len(parts)


def _record_failures(
    connection: Connection, written: Sequence[tuple[int, Route]], filters: Sequence[Filter]
) -> None:
    """Note what is to be repeated; a new failure asks for a new acknowledgement."""
    failures = [
        (event_id, decided)
        for event_id, decided in written
        if is_failure(decided.event) and decided.event.silent_because is None
    ]
    if not failures:
        return
    jobs = {(decided.event.account, decided.event.job_id) for _, decided in failures}
    acks.forget(connection, jobs)
    repeated_on = {wanted.channel for wanted in filters if wanted.remind_every is not None}
    reminders.watch(
        connection,
        [
            (event_id, channel)
            for event_id, decided in failures
            for channel in decided.told
            if channel in repeated_on
        ],
    )


def _enqueue(connection: Connection, channel: str, ids: Sequence[int], now: datetime) -> None:
    notification_id = _make_notification(connection, channel, now, reminder=False)
    connection.execute(
        insert(notification_events),
        [
            {"event_id": event_id, "channel": channel, "notification_id": notification_id}
            for event_id in ids
        ],
    )


def _make_notification(
    connection: Connection, channel: str, now: datetime, *, reminder: bool
) -> int:
    row = {
        "channel": channel,
        "key": str(uuid4()),
        "state": "pending",
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": now,
        "reason": "",
        "reminder": reminder,
    }
    statement = insert(notifications).values(row).returning(notifications.c.id)
    notification_id: int = connection.execute(statement).scalar_one()
    return notification_id
