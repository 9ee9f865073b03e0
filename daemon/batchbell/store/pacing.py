"""What a channel's pace needs to know of the past, and what is told of a hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from batchbell.core.delivery.pacing import digest_hold, rate_hold
from batchbell.store.tables import attempts, channels, notifications

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row

    from batchbell.core.delivery.pacing import Hold, Pace


def hold_of(connection: Connection, head: Row[Any], pace: Pace, now: datetime) -> Hold | None:
    """Return why the channel's next notification has to wait, quiet hours aside."""
    if pace.digest_every is not None:
        round_at = _round_at(connection, head.channel)
        hold = digest_hold(pace, created_at=head.created_at, round_at=round_at, now=now)
        if hold is not None:
            return hold
    if pace.rate is None:
        return None
    attempt_at = _attempt_at(connection, head.channel, pace.rate.messages)
    return rate_hold(pace, attempt_at=attempt_at, now=now)


def note(connection: Connection, channel: str, hold: Hold | None) -> None:
    """Write down why the channel's messages wait, for those who look; None if none does."""
    until, reason = (None, "") if hold is None else (hold.until, hold.reason)
    differs = or_(channels.c.held_until.is_distinct_from(until), channels.c.held_because != reason)
    connection.execute(
        update(channels)
        .where(channels.c.name == channel, differs)
        .values(held_until=until, held_because=reason)
    )


def begin_round(connection: Connection, head: Row[Any], pace: Pace, now: datetime) -> None:
    """Note that a round of digests begins, unless the notification belongs to the last one."""
    if pace.digest_every is None:
        return
    round_at = _round_at(connection, head.channel)
    if round_at is None or not head.created_at <= round_at <= now:
        connection.execute(
            update(channels).where(channels.c.name == head.channel).values(round_at=now)
        )


def _round_at(connection: Connection, channel: str) -> datetime | None:
    query = select(channels.c.round_at).where(channels.c.name == channel)
    found: datetime | None = connection.execute(query).scalar()
    return found


def _attempt_at(connection: Connection, channel: str, number: int) -> datetime | None:
    """Return when the channel's `number`-th attempt from the end began; None if it had fewer."""
    query = (
        select(attempts.c.started_at)
        .join(notifications)
        .where(notifications.c.channel == channel)
        .order_by(attempts.c.id.desc())
        .offset(number - 1)
        .limit(1)
    )
    found: datetime | None = connection.execute(query).scalar()
    return found
