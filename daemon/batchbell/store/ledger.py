"""What becomes of notifications: their text, each attempt, how they end, how they begin anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, update

from batchbell.store.batches import in_batches
from batchbell.store.tables import attempts, notifications
from batchbell.store.waking import wake_others

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from batchbell.core.delivery.outcome import Outcome
    from batchbell.core.delivery.waiting import Waiting
    from batchbell.core.event import Severity

# Put together once: each message has its share of these.
_ATTEMPT = insert(attempts)
_MESSAGE = update(notifications).where(notifications.c.id == bindparam("message"))
_CLAIMED = _MESSAGE.where(notifications.c.claim == bindparam("number"))


def fix_content(connection: Connection, notification_id: int, content: Mapping[str, Any]) -> None:
    """Store what the notification says, for this and every later attempt."""
    _set(connection, notification_id, content=dict(content))


def record_attempt(
    connection: Connection,
    notification_id: int,
    outcome: Outcome,
    *,
    started_at: datetime,
    duration: timedelta,
) -> None:
    """Write one line of the ledger."""
    connection.execute(
        _ATTEMPT,
        {
            "notification_id": notification_id,
            "started_at": started_at,
            "duration_seconds": duration.total_seconds(),
            "delivered": outcome.delivered,
            "reason": outcome.reason,
            "output": outcome.output,
        },
    )


def mark_sent(connection: Connection, message: Waiting, claim: int, now: datetime) -> bool:
    """Note that the receiver has it; what it said is not kept, the events are.

    Returns whether this is still its last claim; of a later one nothing is noted.
    """
    sent = {
        "state": "sent",
        "content": None,
        "attempts": message.attempts + 1,
        "locked_until": None,
        "ended_at": now,
        "reason": "",
    }
    of = {"message": message.notification_id, "number": claim}
    return connection.execute(_CLAIMED, of | sent).rowcount > 0


def give_up(connection: Connection, message: Waiting, *, reason: str, now: datetime) -> None:
    """Note that it is not tried again after its last attempt."""
    _set(
        connection,
        message.notification_id,
        state="dead",
        attempts=message.attempts + 1,
        locked_until=None,
        ended_at=now,
        reason=reason,
    )


def put_back(connection: Connection, message: Waiting) -> None:
    """Write down how a notification waits from now on."""
    _set(
        connection,
        message.notification_id,
        attempts=message.attempts,
        unclear=message.unclear,
        set_aside=message.set_aside,
        next_attempt_at=message.next_attempt_at,
        locked_until=message.locked_until,
        reason=message.reason,
    )


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


def retry(connection: Connection, numbers: Iterable[int] | None, now: datetime) -> dict[int, str]:
    """Make these dead notifications pending again, or all (None); return each one's channel.

    Reminders are left out: they come again by themselves.
    """
    dead = update(notifications).where(notifications.c.state == "dead", ~notifications.c.reminder)
    revived = dead.values(
        state="pending",
        attempts=0,
        unclear=0,
        set_aside=False,
        created_at=now,
        next_attempt_at=now,
        ended_at=None,
        locked_until=None,
    ).returning(notifications.c.id, notifications.c.channel)
    some = [revived]
    if numbers is not None:
        some = [revived.where(notifications.c.id.in_(part)) for part in in_batches(numbers)]
    wake_others(connection)
    return {row.id: row.channel for each in some for row in connection.execute(each)}


def raise_severity(connection: Connection, notification_id: int, severity: Severity) -> None:
    """Note how bad the worst of its events is."""
    _set(connection, notification_id, severity=severity)


def _set(connection: Connection, notification_id: int, **values: object) -> None:
    connection.execute(_MESSAGE, {"message": notification_id, **values})
