"""What a channel's pacing needs to know of the past, and what is shown of a hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from batchbell.core.delivery.turn import Lately
from batchbell.store.tables import attempts, channels, notifications

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.delivery.pacing import Hold, Pacing


def lately(connection: Connection, channel: str, pacing: Pacing) -> Lately:
    """Return what a channel's turn depends on besides what waits."""
    query = select(channels.c.round_at, channels.c.recovered_at).where(channels.c.name == channel)
    row = connection.execute(query).one_or_none()
    if row is None:
        return Lately()
    return Lately(
        round_at=row.round_at,
        recovered_at=row.recovered_at,
        counted_attempt_at=(
            None if pacing.rate is None else _attempt_at(connection, channel, pacing.rate.messages)
        ),
    )


def note(connection: Connection, channel: str, hold: Hold | None) -> None:
    """Write down why the channel's messages wait, for those who look; None if none does."""
    until, reason = (None, "") if hold is None else (hold.until, hold.reason)
    differs = or_(channels.c.held_until.is_distinct_from(until), channels.c.held_because != reason)
    connection.execute(
        update(channels)
        .where(channels.c.name == channel, differs)
        .values(held_until=until, held_because=reason)
    )


def begin_round(connection: Connection, channel: str, now: datetime) -> None:
    """Note that a round of digests begins."""
    connection.execute(update(channels).where(channels.c.name == channel).values(round_at=now))


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
