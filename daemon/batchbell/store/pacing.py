"""What a channel's pacing needs to know of the past, and what is shown of a hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select, update

from batchbell.core.delivery.turn import Lately
from batchbell.store.tables import attempts, channels, notifications

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.delivery.pacing import Hold, Pacing
    from batchbell.store.channels import StoredChannel


_HELD = update(channels).where(channels.c.name == bindparam("of"))


def lately(connection: Connection, channel: StoredChannel, pacing: Pacing) -> Lately:
    """Return what a channel's turn depends on besides what waits."""
    name, rate = channel.health.channel, pacing.rate
    return Lately(
        round_at=channel.round_at,
        recovered_at=channel.health.recovered_at,
        counted_attempt_at=None if rate is None else _attempt_at(connection, name, rate.messages),
    )


def note(connection: Connection, health: ChannelHealth, hold: Hold | None) -> None:
    """Write down why the channel's messages wait, for those who look; None if none does.

    `health` is as it is stored: most turns have nothing new to write.
    """
    until, reason = (None, "") if hold is None else (hold.until, hold.reason)
    if (health.held_until, health.held_because) != (until, reason):
        held = {"held_until": until, "held_because": reason}
        connection.execute(_HELD, {"of": health.channel, **held})


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
