"""Pruning: what is old, and which of it nothing depends on any more.

A row that is still listed, and every event of it, stays whatever its age: without them an old job
would be announced again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, or_, select, tuple_, union

from batchbell.store.job_conditions import FINISHED
from batchbell.store.tables import (
    batch_jobs,
    events,
    notification_events,
    notifications,
    reminder_events,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection


def delete_jobs(connection: Connection, *, unlisted_before: datetime, limit: int) -> int:
    """Delete up to `limit` jobs that have long not been listed, with their samples.

    One that vanished before it ended stays until its deadline is as long ago. Returns how many.
    """
    since = func.coalesce(batch_jobs.c.missing_since, batch_jobs.c.last_seen_at)
    deadline = func.coalesce(batch_jobs.c.job_deadline, since)
    gone = (
        select(batch_jobs.c.account, batch_jobs.c.id)
        .where(
            or_(FINISHED, deadline < unlisted_before),
            batch_jobs.c.missed_polls > 0,
            since < unlisted_before,
        )
        .limit(limit)
    )
    key = tuple_(batch_jobs.c.account, batch_jobs.c.id)
    return connection.execute(delete(batch_jobs).where(key.in_(gone))).rowcount


def old_events(
    connection: Connection, *, after: int, seen_before: datetime, limit: int
) -> list[int]:
    """Return the ids of the next old events behind the id `after`, in order."""
    query = (
        select(events.c.id)
        .where(events.c.id > after, events.c.seen_at < seen_before)
        .order_by(events.c.id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def unneeded(connection: Connection, event_ids: Sequence[int]) -> list[int]:
    """Return those of these events whose job has no row any more, and that nobody waits for."""
    query = select(events.c.id).where(events.c.id.in_(event_ids), ~_of_known_job(), ~_is_pending())
    return list(connection.execute(query).scalars())


def delete_events(connection: Connection, event_ids: Sequence[int]) -> int:
    """Delete events and the notifications about nothing else, with their attempts.

    Returns how many notifications went.
    """
    links = notification_events.c.event_id.in_(event_ids)
    repeating = reminder_events.c.event_id.in_(event_ids)
    told_by = union(
        select(notification_events.c.notification_id).where(links),
        select(reminder_events.c.notification_id).where(repeating),
    )
    touched = list(connection.execute(told_by).scalars())
    connection.execute(delete(notification_events).where(links))
    connection.execute(delete(reminder_events).where(repeating))
    connection.execute(delete(events).where(events.c.id.in_(event_ids)))
    tells_more = or_(
        exists().where(notification_events.c.notification_id == notifications.c.id),
        exists().where(reminder_events.c.notification_id == notifications.c.id),
    )
    return connection.execute(
        delete(notifications).where(notifications.c.id.in_(touched), ~tells_more)
    ).rowcount


def _of_known_job() -> ColumnElement[bool]:
    return exists().where(batch_jobs.c.account == events.c.account, batch_jobs.c.id == events.c.job)


def _is_pending() -> ColumnElement[bool]:
    is_waiting = notifications.c.state == "pending"
    return or_(
        exists().where(
            notification_events.c.event_id == events.c.id,
            notification_events.c.notification_id == notifications.c.id,
            is_waiting,
        ),
        exists().where(
            reminder_events.c.event_id == events.c.id,
            reminder_events.c.notification_id == notifications.c.id,
            is_waiting,
        ),
    )
