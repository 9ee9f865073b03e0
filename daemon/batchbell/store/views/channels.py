"""Channels with the verdict on them, what waits for them, and how sending went lately."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select

from batchbell.core.gauges import Backlog
from batchbell.core.standing.channels import channel_standing
from batchbell.store import channels
from batchbell.store.tables import attempts, notifications
from batchbell.store.types import Instant
from batchbell.store.views.deliveries import attempt_of
from batchbell.store.views.event_deliveries import all_events_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.event import Event
    from batchbell.core.standing.verdict import Standing
    from batchbell.store.views.deliveries import Attempt

#: Of so many messages that a channel gave up it is read what they tell.
_FEW = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """What is shown of one channel."""

    health: ChannelHealth
    backlog: Backlog
    standing: Standing
    #: How many messages were given up, by why; reminders aside.
    given_up: Mapping[str, int] = field(default_factory=dict)
    #: Which these are, the oldest first.
    numbers_given_up: Sequence[int] = ()
    #: When the last of them was; None if there is none.
    given_up_at: datetime | None = None
    #: What they tell, while they are few.
    told_given_up: Sequence[Event] = ()

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.health.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLately:
    """How sending to a channel went in the last time."""

    #: Messages that its receiver has got.
    delivered: int = 0
    #: Attempts that failed.
    failed: int = 0
    #: The last attempt that failed; None if none did.
    last_failure: Attempt | None = None


def channel_views(connection: Connection) -> list[ChannelView]:
    """Return the channels of the configuration in force, by name."""
    waiting = backlogs(connection)
    # As nearly always nothing was given up: then nobody asks why.
    is_any = any(each.dead for each in waiting.values())
    given_up = why_given_up(connection) if is_any else {}
    numbers = numbers_given_up(connection) if is_any else {}
    last = _last_given_up(connection) if is_any else {}
    told = _told_given_up(connection, numbers)
    return [
        ChannelView(
            health=health,
            backlog=waiting.get(health.channel, Backlog()),
            standing=channel_standing(health, waiting.get(health.channel, Backlog())),
            given_up=given_up.get(health.channel, {}),
            numbers_given_up=numbers.get(health.channel, ()),
            given_up_at=last.get(health.channel),
            told_given_up=told.get(health.channel, ()),
        )
        for health in channels.load_configured(connection)
    ]


def why_given_up(connection: Connection) -> dict[str, dict[str, int]]:
    """Return for each channel how many messages were given up why; reminders aside."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for channel, reason, count in connection.execute(_GIVEN_UP):
        found[channel][reason] = count
    return dict(found)


def numbers_given_up(connection: Connection) -> dict[str, list[int]]:
    """Return the messages of each channel that were given up; reminders aside."""
    found: dict[str, list[int]] = defaultdict(list)
    for channel, number in connection.execute(_NUMBERS_GIVEN_UP):
        found[channel].append(number)
    return dict(found)


def _last_given_up(connection: Connection) -> dict[str, datetime]:
    return {channel: at for channel, at in connection.execute(_LAST_GIVEN_UP) if at is not None}


def _told_given_up(
    connection: Connection, numbers: Mapping[str, Sequence[int]]
) -> dict[str, list[Event]]:
    few = {channel: some for channel, some in numbers.items() if len(some) <= _FEW}
    about = all_events_of(connection, chain.from_iterable(few.values())) if few else {}
    return {
        channel: [stored.event for number in some for stored in about.get(number, ())]
        for channel, some in few.items()
    }


def backlogs(connection: Connection) -> dict[str, Backlog]:
    """Return the backlog of every channel that has one, of removed ones too."""
    found = {
        row.channel: Backlog(pending=row.pending, oldest_at=row.oldest_at)
        for row in connection.execute(_PENDING)
    }
    for channel, dead in connection.execute(_DEAD):
        found[channel] = replace(found.get(channel, Backlog()), dead=dead)
    return found


def lately(connection: Connection, since: datetime) -> Mapping[str, SentLately]:
    """Return how sending went since then, by channel."""
    failed = connection.execute(_FAILED, {"since": since}).all()
    last = [row.last for row in failed]
    failures = connection.execute(_THOSE, {"ids": last}) if last else ()
    by_id = {row.id: attempt_of(row) for row in failures}
    found = {
        row.channel: SentLately(failed=row.failed, last_failure=by_id.get(row.last))
        for row in failed
    }
    for channel, delivered in connection.execute(_SENT, {"since": since}):
        found[channel] = replace(found.get(channel, SentLately()), delivered=delivered)
    return found


# Each is built once: putting it together takes longer than the database takes to answer.
_PENDING = (
    select(
        notifications.c.channel,
        func.count().label("pending"),
        func.min(notifications.c.created_at).label("oldest_at"),
    )
    .where(notifications.c.state == "pending")
    .group_by(notifications.c.channel)
)
# A reminder comes again by itself: one that was given up asks for nothing. An index alone counts
# the others.
_DEAD = (
    select(notifications.c.channel, func.count())
    .where(notifications.c.state == "dead", notifications.c.reminder.is_(False))
    .group_by(notifications.c.channel)
)
_GIVEN_UP = (
    select(notifications.c.channel, notifications.c.reason, func.count())
    .where(notifications.c.state == "dead", notifications.c.reminder.is_(False))
    .group_by(notifications.c.channel, notifications.c.reason)
    .order_by(notifications.c.channel, notifications.c.reason)
)
_NUMBERS_GIVEN_UP = (
    select(notifications.c.channel, notifications.c.id)
    .where(notifications.c.state == "dead", notifications.c.reminder.is_(False))
    .order_by(notifications.c.id)
)
_LAST_GIVEN_UP = (
    select(notifications.c.channel, func.max(notifications.c.ended_at, type_=Instant))
    .where(notifications.c.state == "dead", notifications.c.reminder.is_(False))
    .group_by(notifications.c.channel)
)
_SINCE = bindparam("since", type_=Instant)
_TRIED = attempts.c.started_at >= _SINCE
_FAILED = (
    select(
        notifications.c.channel,
        func.count().label("failed"),
        func.max(attempts.c.id).label("last"),
    )
    .join(notifications)
    .where(_TRIED, attempts.c.delivered.is_(False))
    .group_by(notifications.c.channel)
)
_THOSE = select(attempts).where(attempts.c.id.in_(bindparam("ids", expanding=True)))
# A message is delivered once: to ask each of a day's attempts for its message takes three times as
# long. None that ended since is older than those tried since; without the sum SQLite would look for
# the oldest among all attempts there are.
_OLDEST_TRIED = select(func.min(attempts.c.notification_id + 0)).where(_TRIED).scalar_subquery()
_SENT = (
    select(notifications.c.channel, func.count())
    .where(
        notifications.c.state == "sent",
        notifications.c.id >= _OLDEST_TRIED,
        notifications.c.ended_at >= _SINCE,
    )
    .group_by(notifications.c.channel)
)
