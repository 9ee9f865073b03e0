"""Each channel's queue of pending notifications: what waits, whose turn it is, who has it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, func, not_, select, union_all, update

from batchbell.core.delivery.turn import CROSSING, LINE_LENGTH
from batchbell.core.delivery.waiting import Waiting
from batchbell.core.event import Severity
from batchbell.store import claims, ledger
from batchbell.store import events as event_log
from batchbell.store.tables import events, notification_events, notifications

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, CompoundSelect, Connection, Row, Select
    from sqlalchemy.sql.dml import ReturningUpdate

    from batchbell.store.events import StoredEvent


#: What a turn depends on of a notification's row: the first fields of `Waiting`, in its order.
_OF_WAITING = (
    "id",
    "created_at",
    "next_attempt_at",
    "severity",
    "attempts",
    "unclear",
    "set_aside",
    "locked_until",
    "reason",
    "reminder",
)
_SEVERITY = _OF_WAITING.index("severity")
#: Found sooner than made of a number.
_SEVERITIES = {each.value: each for each in Severity}


class Claim(NamedTuple):
    """What is known of a notification that is ours to send."""

    #: Idempotency key, the same on every attempt.
    key: str
    #: What it says, fixed at the first claim; None at the first claim.
    content: Mapping[str, Any] | None
    #: The claim's own: later ones of the notification have larger ones.
    number: int


def waiting(
    connection: Connection,
    channel: str,
    *,
    first_from: Severity | None = None,
    now: datetime | None = None,
) -> list[Waiting]:
    """Return what a channel's turn depends on of what is pending.

    These are the oldest in line, and of those that are set aside the first and the last to be due.
    With `first_from` those at least so bad come before all others. With `now`, the caller's time,
    those that are not to be tried yet come last, and only where they matter, so that others
    overtake however many of them there are; and claims run out by that time.
    """
    ranked, by_time = first_from is not None, now is not None
    known: dict[str, object] = {"of": channel, "first_from": first_from}
    if now is not None:
        known |= {"now": now, "just_now": now + CROSSING}
    found = list(connection.execute(_line(ranked, by_time), known))
    is_one_aside = bool(found) and found[-1].set_aside
    has_room = len(found) - is_one_aside < LINE_LENGTH
    if is_one_aside:
        found += connection.execute(_aside(ranked, is_last=True), known)
    if by_time and (ranked or has_room):
        found += connection.execute(_early(ranked), known)
    several = list({row.id: _waiting(row) for row in found}.values())
    return several if now is None else _by_the_time_of(connection, several, now)


def _by_the_time_of(connection: Connection, several: list[Waiting], now: datetime) -> list[Waiting]:
    """Return when claims run out by the caller's time, which may be another one than theirs."""
    if all(one.locked_until is None for one in several):
        return several
    ahead = claims.ahead(connection, now)
    return [
        one if one.locked_until is None else one._replace(locked_until=one.locked_until - ahead)
        for one in several
    ]


# Every turn of every channel asks these: to make them anew takes longer than the answer.
@cache
def _line(is_ranked: bool, is_by_time: bool) -> CompoundSelect[Any]:  # noqa: FBT001 - two parts
    """Return who is in line, and the first who is set aside.

    The line is walked in its order, and only as far as is asked: thousands may wait behind it.
    """
    in_line = _pending().where(~notifications.c.set_aside)
    if is_by_time:
        in_line = in_line.where(not_(_is_early()))
    first = in_line.order_by(*_rank(is_ranked), notifications.c.id).limit(LINE_LENGTH)
    parts = first, _aside(is_ranked, is_last=False)
    return union_all(*(select(part.subquery()) for part in parts))


@cache
def _early(is_ranked: bool) -> Select[Any]:  # noqa: FBT001 - as above
    """Return who is what `core.delivery.turn` calls early, the next due first."""
    order = *_rank(is_ranked), notifications.c.next_attempt_at, notifications.c.id
    return _pending().where(_is_early()).order_by(*order).limit(LINE_LENGTH)


@cache
def _aside(is_ranked: bool, *, is_last: bool) -> Select[Any]:  # noqa: FBT001 - as above
    due = notifications.c.next_attempt_at, notifications.c.id
    order = [each.desc() for each in due] if is_last else due
    return _pending().where(notifications.c.set_aside).order_by(*_rank(is_ranked), *order).limit(1)


def _rank(is_ranked: bool) -> list[ColumnElement[Any]]:  # noqa: FBT001 - as above
    return [notifications.c.severity < bindparam("first_from")] if is_ranked else []


def _is_early() -> ColumnElement[bool]:
    return and_(
        notifications.c.attempts == 0,
        notifications.c.content.is_(None),
        ~notifications.c.set_aside,
        ~notifications.c.reminder,
        notifications.c.created_at <= bindparam("just_now"),
        notifications.c.next_attempt_at > bindparam("now"),
        notifications.c.next_attempt_at > notifications.c.created_at,
    )


def claim(
    connection: Connection, notification_id: int, *, now: datetime, claim_for: timedelta
) -> Claim | None:
    """Claim a notification; None if somebody is changing it, or it waits no more."""
    times = claims.times(now, claim_for)
    claimed = connection.execute(
        _claiming(connection.dialect.name), {"message": notification_id, **times}
    )
    row = claimed.one_or_none()
    return None if row is None else Claim(row.key, row.content, row.claim)


@cache
def _claiming(dialect: str) -> ReturningUpdate[Any]:
    is_it = notifications.c.id == bindparam("message"), notifications.c.state == "pending"
    free = select(notifications.c.id).where(*is_it).with_for_update(skip_locked=True)
    return (
        update(notifications)
        .where(notifications.c.id == free.scalar_subquery())
        .values(locked_until=claims.until(dialect), claim=notifications.c.claim + 1)
        .returning(notifications.c.key, notifications.c.content, notifications.c.claim)
    )


def free_of(connection: Connection, several: Sequence[Waiting]) -> tuple[Waiting, ...]:
    """Return those that nobody is changing, and let nobody change them until the commit."""
    if not several or connection.dialect.name == "sqlite":
        # Who writes to a file is alone.
        return tuple(several)
    ids = [one.notification_id for one in several]
    query = select(notifications.c.id).where(notifications.c.id.in_(ids))
    locked = query.order_by(notifications.c.id).with_for_update(skip_locked=True)
    free = set(connection.execute(locked).scalars())
    return tuple(one for one in several if one.notification_id in free)


def has_claim(connection: Connection, notification_id: int, number: int) -> bool:
    """Whether this is still its last claim; nobody makes another one until the commit."""
    found = connection.execute(_CLAIMED, {"message": notification_id, "number": number})
    return found.one_or_none() is not None


def events_of(connection: Connection, notification_ids: Sequence[int]) -> list[StoredEvent]:
    """Return the events of notifications, oldest first."""
    return event_log.found(connection, _EVENTS, messages=list(notification_ids))


def take_up(connection: Connection, message: Waiting, others: Sequence[Waiting]) -> None:
    """Let a notification take over the events of others."""
    if not others:
        return
    ids = [one.notification_id for one in others]
    connection.execute(
        update(notification_events)
        .where(notification_events.c.notification_id.in_(ids))
        .values(notification_id=message.notification_id)
    )
    connection.execute(delete(notifications).where(notifications.c.id.in_(ids)))
    worst = max(one.severity for one in (message, *others))
    ledger.raise_severity(connection, message.notification_id, worst)


def key_of(connection: Connection, notification_id: int) -> str:
    """Return a notification's idempotency key."""
    query = select(notifications.c.key).where(notifications.c.id == notification_id)
    key: str = connection.execute(query).scalar_one()
    return key


def renew(
    connection: Connection,
    notification_id: int,
    number: int,
    *,
    now: datetime,
    claim_for: timedelta,
) -> None:
    """Keep a claim while the send takes its time; one that was given back stays free."""
    claimed = update(notifications).where(
        notifications.c.id == notification_id,
        notifications.c.locked_until.is_not(None),
        notifications.c.claim == number,
    )
    until = claims.until(connection.dialect.name)
    connection.execute(claimed.values(locked_until=until), claims.times(now, claim_for))


def void_claims(connection: Connection) -> None:
    """Free what a dead process had claimed; only for the one process that may send."""
    connection.execute(
        update(notifications)
        .where(notifications.c.locked_until.is_not(None))
        .values(locked_until=None)
    )


# As above: each message has its share of these.
_CLAIMED = (
    select(notifications.c.id)
    .where(notifications.c.id == bindparam("message"), notifications.c.claim == bindparam("number"))
    .with_for_update()
)
_EVENTS = (
    select(events)
    .join(notification_events, notification_events.c.event_id == events.c.id)
    .where(notification_events.c.notification_id.in_(bindparam("messages", expanding=True)))
    .order_by(events.c.id)
)


def _pending() -> Select[Any]:
    told = (
        select(func.count())
        .where(notification_events.c.notification_id == notifications.c.id)
        .scalar_subquery()
    )
    fixed = notifications.c.content.is_not(None).label("is_fixed")
    columns = [notifications.c[name] for name in _OF_WAITING]
    return select(*columns, fixed, told.label("told")).where(
        notifications.c.state == "pending", notifications.c.channel == bindparam("of")
    )


def _waiting(row: Row[Any]) -> Waiting:
    severity = _SEVERITIES[row.severity]
    return Waiting._make((*row[:_SEVERITY], severity, *row[_SEVERITY + 1 :]))
