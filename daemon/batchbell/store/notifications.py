"""New rows of the channels' queues: messages and reminders to be sent."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import bindparam, insert, select, update

from batchbell.core.event import Severity
from batchbell.core.verdict_news import EndMessage
from batchbell.store.batches import in_batches
from batchbell.store.tables import events, notification_events, notifications, reminder_events
from batchbell.store.waking import wake_others

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.announcement import Digest


# Each channel has its share of these, while all wait: put together once.
_QUEUED = insert(notifications).returning(notifications.c.id)
_TOLD = insert(notification_events)
_JOBS = (
    select(notification_events.c.notification_id, events.c.account, events.c.job)
    .join(events, notification_events.c.event_id == events.c.id)
    .where(
        notification_events.c.notification_id.in_(bindparam("messages", expanding=True)),
        # Those of channels have none: an account's outage and its end go together as well.
        events.c.account != "",
    )
)


def queue_digest(
    connection: Connection,
    digest: Digest,
    event_ids: Sequence[int],
    *,
    now: datetime,
    due_at: datetime,
) -> None:
    """Queue a message about these events, to be sent at `due_at` at the earliest."""
    notification_id = _queue(
        connection, digest.channel, now=now, due_at=due_at, severity=digest.severity
    )
    connection.execute(
        _TOLD,
        [
            {"event_id": event_id, "channel": digest.channel, "notification_id": notification_id}
            for event_id in event_ids
        ],
    )


def queue_reminder(
    connection: Connection, channel: str, event_ids: Sequence[int], now: datetime
) -> None:
    """Queue a message that repeats these events."""
    notification_id = _queue(
        connection, channel, now=now, due_at=now, severity=Severity.FAILURE, is_reminder=True
    )
    connection.execute(
        insert(reminder_events),
        [{"notification_id": notification_id, "event_id": event_id} for event_id in event_ids],
    )


def messages_about(connection: Connection, event_id: int) -> dict[str, EndMessage]:
    """Return the message about an end of each channel that is told of it."""
    rows = connection.execute(
        select(notifications)
        .join(notification_events)
        .where(notification_events.c.event_id == event_id)
    )
    return {
        row.channel: EndMessage(
            is_open=row.state == "pending" and row.content is None, due_at=row.next_attempt_at
        )
        for row in rows
    }


def jobs_told(
    connection: Connection, notification_ids: Sequence[int]
) -> dict[int, frozenset[tuple[str, str]]]:
    """Return by their numbers which jobs notifications tell of, and which accounts: id ''."""
    found = defaultdict(set)
    for number, account, job_id in connection.execute(_JOBS, {"messages": list(notification_ids)}):
        found[number].add((account, job_id))
    return {number: frozenset(jobs) for number, jobs in found.items()}


def unfixed(
    connection: Connection, event_ids: Iterable[int], *, channel: str | None = None
) -> dict[int, str]:
    """Return the pending messages about these events of which nothing is fixed yet.

    Each one's channel by its id; with `channel` only that channel's.
    """
    wanted = [
        notifications.c.state == "pending",
        notifications.c.attempts == 0,
        notifications.c.content.is_(None),
    ]
    if channel is not None:
        wanted.append(notifications.c.channel == channel)
    return {
        row.id: row.channel
        for some in in_batches(event_ids)
        for row in connection.execute(
            select(notifications.c.id, notifications.c.channel)
            .join(notification_events)
            .where(notification_events.c.event_id.in_(some), *wanted)
            .order_by(notifications.c.id)
        )
    }


def let_go(
    connection: Connection, notification_id: int, due_at: datetime, *, severity: Severity
) -> None:
    """Let a message go at `due_at`, if not earlier, and note how bad it is by now."""
    message = update(notifications).where(notifications.c.id == notification_id)
    connection.execute(message.values(severity=int(severity)))
    connection.execute(
        message.where(notifications.c.next_attempt_at > due_at).values(next_attempt_at=due_at)
    )
    wake_others(connection)


def _queue(
    connection: Connection,
    channel: str,
    *,
    now: datetime,
    due_at: datetime,
    severity: Severity,
    is_reminder: bool = False,
) -> int:
    row = {
        "channel": channel,
        "key": str(uuid4()),
        "state": "pending",
        "attempts": 0,
        "created_at": now,
        "next_attempt_at": due_at,
        "reason": "",
        "reminder": is_reminder,
        "severity": int(severity),
    }
    notification_id: int = connection.execute(_QUEUED, row).scalar_one()
    wake_others(connection)
    return notification_id
