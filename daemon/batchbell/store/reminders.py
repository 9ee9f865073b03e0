"""What channels are reminded of, and the reminders that wait for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, delete, exists, func, insert, or_, select, tuple_

from batchbell.core.provider import state_of
from batchbell.core.reminders import GOOD_ENDS, OpenFailure, PendingReminder, as_reminder, is_over
from batchbell.core.results.job_results import ResultsState
from batchbell.store import events as event_log
from batchbell.store.batches import in_batches
from batchbell.store.tables import (
    batch_jobs,
    events,
    notification_events,
    notifications,
    reminder_events,
    reminders,
    results,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from batchbell.core.event import Event


class _Past(NamedTuple):
    """The reminders of one failure on one channel so far."""

    number: int = 0
    #: When the last one was sent or given up.
    ended_at: datetime | None = None


def watch(connection: Connection, failures: Iterable[tuple[int, str]]) -> None:
    """Have these failures, (event id, channel), repeated until they are closed."""
    rows = [{"event_id": event_id, "channel": channel} for event_id, channel in failures]
    if rows:
        connection.execute(insert(reminders), rows)


def are_any(connection: Connection) -> bool:
    """Whether a failure is repeated until it is closed, or a reminder waits for its channel."""
    is_pending = (notifications.c.state == "pending") & notifications.c.reminder
    query = select(
        or_(
            exists(select(reminders.c.event_id)),
            exists(select(notifications.c.id).where(is_pending)),
        )
    )
    return bool(connection.execute(query).scalar_one())


def open_failures(connection: Connection) -> list[OpenFailure]:
    """Return what is neither acknowledged nor settled, with all that decides about it."""
    rows = connection.execute(_open_rows()).all()
    ids = {row.event_id for row in rows}
    known = {stored.id: stored.event for stored in event_log.of_ids(connection, ids)}
    past = _past(connection)
    return [_open_failure(row, known[row.event_id], past) for row in rows]


def pending(connection: Connection) -> list[PendingReminder]:
    """Return the reminders that wait for their channels."""
    rows = connection.execute(
        select(notifications, reminder_events.c.event_id)
        .join(reminder_events)
        .where(notifications.c.state == "pending", notifications.c.reminder)
    ).all()
    by_id = {row.id: row for row in rows}
    return [
        PendingReminder(
            notification_id=row.id,
            channel=row.channel,
            event_ids=frozenset(each.event_id for each in rows if each.id == row.id),
            is_fixed=row.content is not None,
            is_sending=row.locked_until is not None,
        )
        for row in by_id.values()
    ]


def close(connection: Connection, failures: Collection[tuple[int, str]]) -> None:
    """Repeat these failures, (event id, channel), no more."""
    key = tuple_(reminders.c.event_id, reminders.c.channel)
    for some in in_batches(failures):
        connection.execute(delete(reminders).where(key.in_(some)))


def close_job(connection: Connection, account: str, job_id: str) -> None:
    """Repeat no failure of this job any more, on any channel."""
    of_job = select(events.c.id).where(events.c.account == account, events.c.job == job_id)
    connection.execute(delete(reminders).where(reminders.c.event_id.in_(of_job)))


def withdraw(connection: Connection, pairs: Collection[tuple[int, int]]) -> None:
    """Take (notification id, event id) pairs out of the queue, and reminders left with nothing."""
    key = tuple_(reminder_events.c.notification_id, reminder_events.c.event_id)
    says_something = exists().where(reminder_events.c.notification_id == notifications.c.id)
    for some in in_batches(pairs):
        connection.execute(delete(reminder_events).where(key.in_(some)))
        touched = {notification_id for notification_id, _ in some}
        connection.execute(
            delete(notifications).where(notifications.c.id.in_(touched), ~says_something)
        )


def events_of(connection: Connection, notification_id: int) -> list[Event]:
    """Return the events a reminder repeats, as it has them."""
    rows = connection.execute(_told_rows(notification_id)).all()
    known = {
        stored.id: stored.event
        for stored in event_log.of_ids(connection, {row.event_id for row in rows})
    }
    return [
        as_reminder(
            known[row.event_id], number=row.number, told_at=row.ended_at, status_now=row.status
        )
        for row in rows
    ]


def _open_failure(row: Row[Any], event: Event, past: dict[tuple[int, str], _Past]) -> OpenFailure:
    so_far = past.get((row.event_id, row.channel), _Past())
    return OpenFailure(
        event_id=row.event_id,
        channel=row.channel,
        event=event,
        told_at=row.ended_at if row.state == "sent" else None,
        ended_well=row.good_end
        or is_over(
            event,
            state_of(row.status, row.meaning),
            row.output_file_id,
            None if row.results is None else ResultsState(row.results),
        ),
        reminders=so_far.number,
        reminded_at=so_far.ended_at,
    )


def _open_rows() -> Select[Any]:
    later = events.alias("later")
    good_end = (
        exists()
        .where(
            later.c.account == events.c.account,
            later.c.job == events.c.job,
            later.c.kind.in_(sorted(GOOD_ENDS)),
            later.c.id > events.c.id,
        )
        .label("good_end")
    )
    return (
        select(
            reminders,
            notifications.c.state,
            notifications.c.ended_at,
            batch_jobs.c.status,
            batch_jobs.c.meaning,
            batch_jobs.c.output_file_id,
            results.c.state.label("results"),
            good_end,
        )
        .join(events, events.c.id == reminders.c.event_id)
        .join(notification_events, _tells(reminders.c.event_id, reminders.c.channel))
        .join(notifications, notifications.c.id == notification_events.c.notification_id)
        .outerjoin(batch_jobs, _is_job())
        .outerjoin(
            results,
            and_(results.c.account == events.c.account, results.c.job == events.c.job),
        )
        .order_by(reminders.c.event_id)
    )


def _past(connection: Connection) -> dict[tuple[int, str], _Past]:
    query = (
        select(
            reminder_events.c.event_id,
            notifications.c.channel,
            func.count().label("number"),
            func.max(notifications.c.ended_at).label("ended_at"),
        )
        .join(notifications)
        .where(reminder_events.c.event_id.in_(select(reminders.c.event_id)))
        .group_by(reminder_events.c.event_id, notifications.c.channel)
    )
    return {
        (row.event_id, row.channel): _Past(row.number, row.ended_at)
        for row in connection.execute(query)
    }


def _told_rows(notification_id: int) -> Select[Any]:
    """Select what one reminder repeats: the event, when it was sent, its number."""
    reminder, earlier = notifications.alias("reminder"), notifications.alias("earlier")
    other = reminder_events.alias("other")
    number = (
        select(func.count())
        .select_from(other.join(earlier))
        .where(
            other.c.event_id == reminder_events.c.event_id,
            earlier.c.channel == reminder.c.channel,
            earlier.c.id <= reminder.c.id,
        )
        .scalar_subquery()
        .label("number")
    )
    return (
        select(reminder_events.c.event_id, notifications.c.ended_at, batch_jobs.c.status, number)
        .join(reminder, reminder.c.id == reminder_events.c.notification_id)
        .join(events, events.c.id == reminder_events.c.event_id)
        .join(notification_events, _tells(events.c.id, reminder.c.channel))
        .join(notifications, notifications.c.id == notification_events.c.notification_id)
        .outerjoin(batch_jobs, _is_job())
        .where(reminder_events.c.notification_id == notification_id)
        .order_by(reminder_events.c.event_id)
    )


def _tells(event_id: ColumnElement[int], channel: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(
        notification_events.c.event_id == event_id, notification_events.c.channel == channel
    )


def _is_job() -> ColumnElement[bool]:
    return and_(batch_jobs.c.account == events.c.account, batch_jobs.c.id == events.c.job)
