"""What a channel that fails was not sent, and how much of that nobody else is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select

from batchbell.core.channel_health import Missed
from batchbell.store.tables import channels, notification_events, notifications

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection


def missed(connection: Connection, channel: str, since: datetime) -> Missed:
    """Return what waits for a channel or was given up since then; reminders come again."""
    unsent = and_(
        notifications.c.channel == channel,
        or_(
            notifications.c.state == "pending",
            and_(notifications.c.state == "dead", notifications.c.ended_at >= since),
        ),
    )
    mine = notification_events.join(notifications)
    only_here = select(func.count()).select_from(mine).where(unsent, ~_is_told_elsewhere(channel))
    waiting = select(func.count()).where(
        notifications.c.channel == channel, notifications.c.state == "pending"
    )
    return Missed(
        messages=connection.execute(waiting).scalar_one(),
        only_here=connection.execute(only_here).scalar_one(),
    )


def _is_told_elsewhere(channel: str) -> ColumnElement[bool]:
    """Whether a channel that does not fail was told of an event, or is about to be."""
    link, message = notification_events.alias(), notifications.alias()
    return (
        select(link.c.event_id)
        .join(message, message.c.id == link.c.notification_id)
        .join(channels, channels.c.name == link.c.channel)
        .where(
            link.c.event_id == notification_events.c.event_id,
            link.c.channel != channel,
            message.c.state != "dead",
            channels.c.configured,
            or_(message.c.state == "sent", channels.c.failing_since.is_(None)),
        )
        .exists()
    )
