"""The delivery ledger, for reading: what became of each notification, and of each attempt."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, not_, or_, select

from batchbell.store.batches import in_batches
from batchbell.store.tables import (
    attempts,
    notification_events,
    notifications,
    reminder_events,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

    from sqlalchemy import ColumnElement, Connection, Row, Select


_FAILED = or_(
    notifications.c.state == "dead",
    and_(notifications.c.state == "pending", notifications.c.attempts > 0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One notification on its way to a channel; several events may share it."""

    notification_id: int
    channel: str
    #: pending, sent or dead.
    state: str
    #: Ended attempts.
    attempts: int
    created_at: datetime
    next_attempt_at: datetime
    #: When it was sent, or given up.
    ended_at: datetime | None
    #: Why it is dead, or the last failure; '' if nothing went wrong.
    reason: str
    #: Whether it repeats an earlier message.
    is_reminder: bool = False
    #: Whether it failed where others were taken: it is tried behind them.
    is_set_aside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to send a notification."""

    started_at: datetime
    duration_seconds: float
    delivered: bool
    reason: str
    #: What a program wrote.
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A delivery of the ledger and how many events it is about."""

    delivery: Delivery
    #: How many events it is about.
    events: int


def attempts_of(
    connection: Connection, notification_ids: Iterable[int]
) -> dict[int, list[Attempt]]:
    """Return the attempts of these notifications by their ids, oldest first."""
    found: dict[int, list[Attempt]] = {}
    for some in in_batches(notification_ids):
        found |= attempts_where(connection, attempts.c.notification_id.in_(some))
    return found


def entry(connection: Connection, notification_id: int) -> LedgerEntry | None:
    """Return one line of the ledger; None for an unknown id."""
    query = _with_event_counts().where(notifications.c.id == notification_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else LedgerEntry(delivery=delivery_of(row), events=row.told)


def attempts_where(connection: Connection, wanted: ColumnElement[bool]) -> dict[int, list[Attempt]]:
    """Return the attempts that are so by the notification's id, oldest first."""
    by_notification: dict[int, list[Attempt]] = defaultdict(list)
    for row in connection.execute(select(attempts).where(wanted).order_by(attempts.c.id)):
        by_notification[row.notification_id].append(attempt_of(row))
    return dict(by_notification)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which lines of the ledger are asked for; None for any."""

    channel: str | None = None
    #: pending, sent or dead.
    state: str | None = None
    #: Only what was given up, and what waits after a failed attempt.
    failed: bool = False
    #: Only what waits or was given up, reminders that were given up aside.
    unsent: bool = False
    #: Without what waits for one of these channels.
    without_waiting_for: frozenset[str] = frozenset()


def entries(
    connection: Connection, wanted: DeliveryFilter | None = None, *, limit: int | None = None
) -> list[LedgerEntry]:
    """Return the ledger, oldest first; with a `limit`, the youngest that many."""
    query = _wanted(wanted or DeliveryFilter()).order_by(notifications.c.id.desc())
    rows = connection.execute(query.limit(limit)).all()
    return [LedgerEntry(delivery=delivery_of(row), events=row.told) for row in reversed(rows)]


def part(
    connection: Connection,
    wanted: DeliveryFilter,
    *,
    behind: int | None,
    oldest_first: bool,
    limit: int,
) -> list[LedgerEntry]:
    """Return up to `limit` lines of the ledger from one of its ends.

    They are those behind the notification of the id `behind`, in the asked order; None for the
    first.
    """
    number = notifications.c.id
    query = _wanted(wanted)
    if behind is not None:
        query = query.where(number > behind if oldest_first else number < behind)
    query = query.order_by(number if oldest_first else number.desc())
    rows = connection.execute(query.limit(limit))
    return [LedgerEntry(delivery=delivery_of(row), events=row.told) for row in rows]


def of_numbers(
    connection: Connection, numbers: Iterable[int], wanted: DeliveryFilter
) -> list[LedgerEntry]:
    """Return those of these lines that are asked for, the youngest first."""
    found: list[LedgerEntry] = []
    for some in in_batches(sorted(numbers, reverse=True)):
        query = _wanted(wanted).where(notifications.c.id.in_(some))
        rows = connection.execute(query.order_by(notifications.c.id.desc()))
        found.extend(LedgerEntry(delivery=delivery_of(row), events=row.told) for row in rows)
    return found


def _wanted(wanted: DeliveryFilter) -> Select[Any]:
    return chosen(_with_event_counts(), wanted)


def chosen(query: Select[Any], wanted: DeliveryFilter) -> Select[Any]:
    """Return a query of notifications with the conditions for those that are asked for."""
    state = notifications.c.state
    if wanted.channel is not None:
        query = query.where(notifications.c.channel == wanted.channel)
    if wanted.state is not None:
        query = query.where(state == wanted.state)
    if wanted.failed:
        query = query.where(_FAILED)
    if wanted.unsent:
        is_over = and_(state == "dead", notifications.c.reminder.is_(True))
        query = query.where(state != "sent", not_(is_over))
    if wanted.without_waiting_for:
        is_theirs = notifications.c.channel.in_(wanted.without_waiting_for)
        query = query.where(not_(and_(state == "pending", is_theirs)))
    return query


def _with_event_counts() -> Select[Any]:
    told, repeated = (
        select(func.count()).where(table.c.notification_id == notifications.c.id).scalar_subquery()
        for table in (notification_events, reminder_events)
    )
    return select(notifications, (told + repeated).label("told"))


def delivery_of(row: Row[Any]) -> Delivery:
    """Return a row of the notifications."""
    return Delivery(
        notification_id=row.id,
        channel=row.channel,
        state=row.state,
        attempts=row.attempts,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        ended_at=row.ended_at,
        reason=row.reason,
        is_reminder=row.reminder,
        is_set_aside=row.set_aside,
    )


def attempt_of(row: Row[Any]) -> Attempt:
    """Return a row of the attempts."""
    return Attempt(
        started_at=row.started_at,
        duration_seconds=row.duration_seconds,
        delivered=row.delivered,
        reason=row.reason,
        output=row.output,
    )
