"""What a channel's pacing needs to know of the past, and what is shown of a hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, bindparam, or_, select, update

from batchbell.core.delivery.turn import Lately
from batchbell.store.tables import attempts, channels, notifications
from batchbell.store.types import Instant

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.delivery.pacing import Hold, Pacing


# Every turn of every channel asks these: to put them together takes longer than the answer.
_LATELY = select(channels.c.round_at, channels.c.recovered_at).where(
    channels.c.name == bindparam("of")
)
_UNTIL, _REASON = bindparam("until", type_=Instant), bindparam("reason", type_=Text)
_HELD = (
    update(channels)
    .where(
        channels.c.name == bindparam("of"),
        or_(channels.c.held_until.is_distinct_from(_UNTIL), channels.c.held_because != _REASON),
    )
    .values(held_until=_UNTIL, held_because=_REASON)
)


def lately(connection: Connection, channel: str, pacing: Pacing) -> Lately:
    """Return what a channel's turn depends on besides what waits."""
    row = connection.execute(_LATELY, {"of": channel}).one_or_none()
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
    connection.execute(_HELD, {"of": channel, "until": until, "reason": reason})


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
