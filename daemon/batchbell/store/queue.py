"""Each channel's queue of pending notifications: claim the oldest, record how it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from batchbell.core.delivery.backoff import LONGEST_DELAY
from batchbell.core.delivery.pacing import AT_ONCE, Hold, quiet_hold
from batchbell.core.routing import EVENTS_PER_MESSAGE
from batchbell.store import events as event_log
from batchbell.store import pacing
from batchbell.store.tables import attempts, notification_events, notifications

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row, Update

    from batchbell.core.delivery.backoff import RetryDecision
    from batchbell.core.delivery.outcome import Outcome
    from batchbell.core.delivery.pacing import Pace
    from batchbell.core.event import Severity
    from batchbell.store.events import StoredEvent

#: A claim not renewed for this long is nobody's: its owner died.
CLAIM = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A notification that is ours to send."""

    notification_id: int
    channel: str
    #: Idempotency key, the same on every attempt.
    key: str
    #: Attempts that ended before this one.
    attempts: int
    created_at: datetime
    #: What it says, fixed at the first claim; None at the first claim.
    content: Mapping[str, Any] | None
    #: Whether it repeats what was told before.
    is_reminder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NotYet:
    """The channel's next notification has to wait until `until`."""

    until: datetime


def claim(
    connection: Connection, channel: str, now: datetime, pace: Pace = AT_ONCE
) -> Claim | NotYet | None:
    """Claim the channel's oldest pending notification; None if there is none.

    Its pace may hold it; in quiet hours the oldest that may pass is taken. At its first claim it
    takes up the unclaimed ones behind it that may go as well, up to a full message, so that a
    receiver back from an outage gets a few digests.
    """
    quiet = quiet_hold(pace, now)
    head = _turn(connection, channel, pace, quiet, now)
    pacing.note(connection, channel, head if isinstance(head, Hold) else head and quiet)
    if head is None:
        return None
    if isinstance(head, Hold):
        return NotYet(until=head.until)
    waits = [head.next_attempt_at] if _ahead(head.next_attempt_at, now, LONGEST_DELAY) else []
    if head.locked_until is not None and _ahead(head.locked_until, now, CLAIM):
        waits.append(head.locked_until)
    if waits:
        return NotYet(until=max(waits))
    if head.content is None and not head.reminder:
        _merge_followers(connection, head, least=pace.quiet_except if quiet else None)
    pacing.begin_round(connection, head, pace, now)
    connection.execute(_of(head.id).values(locked_until=now + CLAIM))
    return Claim(
        notification_id=head.id,
        channel=channel,
        key=head.key,
        attempts=head.attempts,
        created_at=head.created_at,
        content=head.content,
        is_reminder=head.reminder,
    )


def events_of(connection: Connection, notification_id: int) -> list[StoredEvent]:
    """Return the events a notification tells."""
    ids = select(notification_events.c.event_id).where(
        notification_events.c.notification_id == notification_id
    )
    return event_log.of_ids(connection, connection.execute(ids).scalars())


def fix_content(connection: Connection, notification_id: int, content: Mapping[str, Any]) -> None:
    """Store what the notification says, for this and every later attempt."""
    connection.execute(_of(notification_id).values(content=dict(content)))


def renew(connection: Connection, notification_id: int, now: datetime) -> None:
    """Keep a claim while the send takes its time; one that was given back stays free."""
    claimed = _of(notification_id).where(notifications.c.locked_until.is_not(None))
    connection.execute(claimed.values(locked_until=now + CLAIM))


def void_claims(connection: Connection) -> None:
    """Free what a dead process had claimed; only for the one process that may send."""
    connection.execute(
        update(notifications)
        .where(notifications.c.locked_until.is_not(None))
        .values(locked_until=None)
    )


def record_attempt(
    connection: Connection,
    claimed: Claim,
    outcome: Outcome,
    *,
    started_at: datetime,
    duration: timedelta,
) -> None:
    """Write one line of the ledger."""
    connection.execute(
        insert(attempts).values(
            notification_id=claimed.notification_id,
            started_at=started_at,
            duration_seconds=duration.total_seconds(),
            delivered=outcome.delivered,
            reason=outcome.reason,
            output=outcome.output,
        )
    )


def mark_sent(connection: Connection, claimed: Claim, now: datetime) -> None:
    """Note that the receiver has it; what it said is not kept, the events are."""
    connection.execute(
        _of(claimed.notification_id).values(
            state="sent",
            content=None,
            attempts=claimed.attempts + 1,
            locked_until=None,
            ended_at=now,
            reason="",
        )
    )


def mark_failed(
    connection: Connection, claimed: Claim, decision: RetryDecision, now: datetime
) -> None:
    """Put it back for later, or give it up."""
    values: dict[str, Any] = {
        "attempts": claimed.attempts + 1,
        "locked_until": None,
        "reason": decision.reason,
    }
    if decision.delay is None:
        values |= {"state": "dead", "ended_at": now}
    else:
        values |= {"next_attempt_at": now + decision.delay}
    connection.execute(_of(claimed.notification_id).values(**values))


def give_up_older(
    connection: Connection, channel: str, *, created_before: datetime, reason: str, now: datetime
) -> int:
    """Give up the channel's pending notifications that are too old; return how many."""
    return connection.execute(
        update(notifications)
        .where(
            notifications.c.state == "pending",
            notifications.c.channel == channel,
            notifications.c.created_at <= created_before,
        )
        .values(state="dead", locked_until=None, ended_at=now, reason=reason)
    ).rowcount


def give_up_channel(connection: Connection, channel: str, *, reason: str, now: datetime) -> int:
    """Give up everything pending for a channel (it was removed); return how many."""
    return give_up_older(connection, channel, created_before=now, reason=reason, now=now)


def retry(connection: Connection, notification_id: int | None, now: datetime) -> list[str]:
    """Make a dead notification pending again, or all of them (None); return each one's channel.

    Reminders are left out: they come again by themselves.
    """
    statement = update(notifications).where(
        notifications.c.state == "dead", ~notifications.c.reminder
    )
    if notification_id is not None:
        statement = statement.where(notifications.c.id == notification_id)
    revived = statement.values(
        state="pending",
        attempts=0,
        created_at=now,
        next_attempt_at=now,
        ended_at=None,
        locked_until=None,
    ).returning(notifications.c.channel)
    return list(connection.execute(revived).scalars())


def _of(notification_id: int) -> Update:
    return update(notifications).where(notifications.c.id == notification_id)


def _ahead(moment: datetime, now: datetime, longest: timedelta) -> bool:
    """Whether a moment is still to come, and no further than it can honestly be.

    One further ahead was written before the clock was stepped back; it must not park the queue.
    """
    return now < moment <= now + longest


def _turn(
    connection: Connection, channel: str, pace: Pace, quiet: Hold | None, now: datetime
) -> Row[Any] | Hold | None:
    """Return the notification whose turn it is, or why it has to wait; None if none is pending."""
    head = _head(connection, channel)
    if head is not None and quiet is not None:
        least = pace.quiet_except
        head = None if least is None else _head(connection, channel, least=least)
        if head is None:
            return quiet
    return head and (pacing.hold_of(connection, head, pace, now) or head)


def _head(
    connection: Connection, channel: str, *, least: Severity | None = None
) -> Row[Any] | None:
    """Return the oldest pending notification that is at least this bad."""
    query = select(notifications).where(
        notifications.c.state == "pending", notifications.c.channel == channel
    )
    if least is not None:
        query = query.where(notifications.c.severity >= least)
    return connection.execute(query.order_by(notifications.c.id).limit(1)).one_or_none()


def _merge_followers(connection: Connection, head: Row[Any], *, least: Severity | None) -> None:
    room = EVENTS_PER_MESSAGE - _event_count(connection, head.id)
    if room <= 0:
        return
    size = func.count(notification_events.c.event_id).label("size")
    worst = head.severity
    followers = (
        select(notifications.c.id, notifications.c.severity, size)
        .join(notification_events)
        .where(
            notifications.c.state == "pending",
            notifications.c.channel == head.channel,
            notifications.c.content.is_(None),
            notifications.c.id > head.id,
            notifications.c.severity >= (least or 0),
        )
        .group_by(notifications.c.id)
        .order_by(notifications.c.id)
        .limit(EVENTS_PER_MESSAGE)
    )
    for follower in connection.execute(followers).all():
        room -= follower.size
        if room < 0:
            return
        connection.execute(
            update(notification_events)
            .where(notification_events.c.notification_id == follower.id)
            .values(notification_id=head.id)
        )
        connection.execute(delete(notifications).where(notifications.c.id == follower.id))
        worst = max(worst, follower.severity)
        connection.execute(_of(head.id).values(severity=worst))


def _event_count(connection: Connection, notification_id: int) -> int:
    query = select(func.count()).where(notification_events.c.notification_id == notification_id)
    return connection.execute(query).scalar_one()
