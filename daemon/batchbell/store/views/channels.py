"""Channels with the verdict on them, what waits for them, and how sending went lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select

from batchbell.core.gauges import Backlog
from batchbell.core.standing.channels import channel_standing
from batchbell.store import channels
from batchbell.store.tables import attempts, notifications
from batchbell.store.views.deliveries import attempt_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.standing.verdict import Standing
    from batchbell.store.views.deliveries import Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """What is shown of one channel."""

    health: ChannelHealth
    backlog: Backlog
    standing: Standing

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.health.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLately:
    """How sending to a channel went in the last time."""

    delivered: int = 0
    failed: int = 0
    #: The last attempt that failed; None if none did.
    last_failure: Attempt | None = None


def channel_views(connection: Connection) -> list[ChannelView]:
    """Return the channels of the configuration in force, by name."""
    waiting = backlogs(connection)
    return [
        channel_view(health, waiting.get(health.channel, Backlog()))
        for health in channels.load_configured(connection)
    ]


def channel_view(health: ChannelHealth, backlog: Backlog) -> ChannelView:
    """Return a channel with the verdict on it."""
    standing = channel_standing(health, backlog)
    return ChannelView(health=health, backlog=backlog, standing=standing)


def backlogs(connection: Connection) -> dict[str, Backlog]:
    """Return the backlog of every channel that has one, of removed ones too."""
    return {
        row.channel: Backlog(pending=row.pending, dead=row.dead, oldest_at=row.oldest_at)
        for row in connection.execute(_BACKLOGS)
    }


def lately(connection: Connection, since: datetime) -> Mapping[str, SentLately]:
    """Return how sending went since then, by channel."""
    failed_id = case((attempts.c.delivered.is_(False), attempts.c.id))
    query = (
        select(
            notifications.c.channel,
            func.count().label("tried"),
            func.count(failed_id).label("failed"),
            func.max(failed_id).label("last_failed"),
        )
        .join(notifications)
        .where(attempts.c.started_at >= since)
        .group_by(notifications.c.channel)
    )
    rows = connection.execute(query).all()
    last = {row.last_failed for row in rows} - {None}
    failures = connection.execute(select(attempts).where(attempts.c.id.in_(last)))
    by_id = {row.id: attempt_of(row) for row in failures}
    return {
        row.channel: SentLately(
            delivered=row.tried - row.failed,
            failed=row.failed,
            last_failure=by_id.get(row.last_failed),
        )
        for row in rows
    }


_WAITS = notifications.c.state == "pending"
# A reminder comes again by itself: one that was given up asks for nothing.
_DEAD = and_(notifications.c.state == "dead", ~notifications.c.reminder)
# Built once: putting it together takes longer than the database takes to answer.
_BACKLOGS = (
    select(
        notifications.c.channel,
        func.count(case((_WAITS, 1))).label("pending"),
        func.count(case((_DEAD, 1))).label("dead"),
        func.min(case((_WAITS, notifications.c.created_at))).label("oldest_at"),
    )
    .where(or_(_WAITS, _DEAD))
    .group_by(notifications.c.channel)
)
