"""What a channel that fails was not sent, and how much of that nobody else is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select

from batchbell.core.channel_health import Missed
from batchbell.core.delivery.lost import ToldElsewhere
from batchbell.store.tables import channels, notification_events, notifications

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, FromClause


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


def told_elsewhere(connection: Connection, channel: str, number: int) -> ToldElsewhere:
    """Return who else tells the events of a channel's message."""
    its = select(notification_events.c.event_id).where(
        notification_events.c.notification_id == number
    )
    only_here = (
        select(func.count())
        .select_from(notification_events)
        .where(
            notification_events.c.notification_id == number,
            ~_is_told_elsewhere(channel),
        )
    )
    link, message = notification_events.alias(), notifications.alias()
    is_open = func.max(case((message.c.state == "sent", 0), else_=1))
    tells_all = (
        select(link.c.channel)
        .join(message, message.c.id == link.c.notification_id)
        .join(channels, channels.c.name == link.c.channel)
        .where(link.c.event_id.in_(its), *_tells(link, message, channel))
        .group_by(link.c.channel)
        .having(
            func.count(link.c.event_id.distinct())
            == select(func.count()).select_from(its.subquery()).scalar_subquery()
        )
        .order_by(is_open, link.c.channel)
    )
    return ToldElsewhere(
        channels=tuple(connection.execute(tells_all).scalars()),
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
            *_tells(link, message, channel),
        )
        .exists()
    )


def _tells(link: FromClause, message: FromClause, channel: str) -> tuple[ColumnElement[bool], ...]:
    """Return what is true of a message that tells something for another one of a channel."""
    return (
        link.c.channel != channel,
        message.c.state != "dead",
        channels.c.configured,
        or_(message.c.state == "sent", channels.c.failing_since.is_(None)),
    )
