"""From events to the notifications they cause, in the transaction that decided them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import insert

from batchbell.core.event import Severity
from batchbell.core.mute import why_muted
from batchbell.core.reminders import is_failure
from batchbell.core.routing import in_messages, in_parts, route, worst_first
from batchbell.store import acks, channels, files, mutes, reminders
from batchbell.store import events as event_log
from batchbell.store.tables import notification_events, notifications, reminder_events

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.event import Event
    from batchbell.core.routing import Filter, Route


#: Why a disabled channel is told nothing.
WANTS_NO_MORE = "disabled, as its receiver said it wants no more (HTTP 410)"


def record_events(
    connection: Connection, events: Sequence[Event], filters: Sequence[Filter], now: datetime
) -> list[Event]:
    """Write the events that are new, and one digest per channel for them; return the new ones.

    An event whose unique key is there already was told before: it is dropped here.
    """
    if not events:
        return []
    events = _with_file_names(connection, events)
    muted = mutes.load(connection, now)
    filters = as_they_are(connection, filters)
    routes = [
        route(event, filters, muted=why_muted(event, muted, now)) for event in worst_first(events)
    ]
    written = event_log.record(connection, routes)
    for wanted in filters:
        told = [each for each in written if wanted.channel in each[1].told]
        for same in in_parts(told, _severity, wanted.parts_at):
            for part in in_messages(same):
                _enqueue(connection, wanted.channel, part, now)
    _record_failures(connection, written, filters)
    return [decided.event for _, decided in written]


def as_they_are(connection: Connection, filters: Sequence[Filter]) -> list[Filter]:
    """Close the channels whose receivers said that they want no more."""
    closed = channels.disabled(connection)
    return [
        replace(wanted, closed=WANTS_NO_MORE) if wanted.channel in closed else wanted
        for wanted in filters
    ]


def enqueue_reminders(
    connection: Connection, channel: str, event_ids: Sequence[int], now: datetime
) -> int:
    """Queue digests that repeat these events to a channel; return how many."""
    parts = in_messages(event_ids)
    for part in parts:
        notification_id = _make_notification(
            connection, channel, now, severity=Severity.FAILURE, reminder=True
        )
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


def _with_file_names(connection: Connection, events: Sequence[Event]) -> list[Event]:
    """Note the names of the jobs' input files, as far as they are known."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for event in events:
        if event.job is not None and event.job.input_file_id:
            wanted[event.account].add(event.job.input_file_id)
    known = {account: files.load(connection, account, ids) for account, ids in wanted.items()}

    def named(event: Event) -> Event:
        file_id = event.job.input_file_id if event.job is not None else None
        file = known.get(event.account, {}).get(file_id or "")
        if file is None or not file.filename:
            return event
        return replace(event, facts=replace(event.facts, input_file=file.filename))

    return [named(event) for event in events]


def _severity(written: tuple[int, Route]) -> Severity:
    return written[1].event.severity


def _enqueue(
    connection: Connection, channel: str, written: Sequence[tuple[int, Route]], now: datetime
) -> None:
    worst = max(map(_severity, written))
    notification_id = _make_notification(connection, channel, now, severity=worst)
    connection.execute(
        insert(notification_events),
        [
            {"event_id": event_id, "channel": channel, "notification_id": notification_id}
            for event_id, _ in written
        ],
    )


def _make_notification(
    connection: Connection,
    channel: str,
    now: datetime,
    *,
    severity: Severity,
    reminder: bool = False,
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
        "severity": int(severity),
    }
    statement = insert(notifications).values(row).returning(notifications.c.id)
    notification_id: int = connection.execute(statement).scalar_one()
    return notification_id
