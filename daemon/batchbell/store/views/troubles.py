"""Channels that need a look: how they stand, what waits for them, what was given up and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from batchbell.core.event import Severity
from batchbell.store.tables import notifications
from batchbell.store.views.channels import channel_views, why_given_up

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection

    from batchbell.store.views.channels import ChannelView


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTrouble:
    """A channel that does not deliver, lacks messages, or gave up on some."""

    name: str
    #: None if it is not configured any more.
    view: ChannelView | None
    #: Messages that failed and are still tried.
    retried: int = 0
    #: Of these the ones that it refused while it took others, and how often it did.
    refused: int = 0
    refusals: int = 0
    #: When its receiver is asked again; None if nothing is tried.
    next_attempt_at: datetime | None = None
    #: How many were given up, by why. Reminders aside: they come again by themselves.
    given_up: Mapping[str, int] = field(default_factory=dict)

    @property
    def fails(self) -> bool:
        """Whether it takes no message at all: then all that waits waits for its receiver."""
        health = None if self.view is None else self.view.health
        return health is not None and (health.failing_since or health.disabled_at) is not None

    @property
    def waiting(self) -> int:
        """How many messages wait for it to be well."""
        return self.view.backlog.pending if self.view is not None and self.fails else self.retried

    @property
    def severity(self) -> Severity:
        """How bad it is: as the verdict on the channel."""
        own = Severity.WARNING if self.view is None else self.view.standing.severity
        return max(own, Severity.WARNING)


def troubles(connection: Connection) -> list[ChannelTrouble]:
    """Return the channels that need a look, the worst first."""
    views = {view.name: view for view in channel_views(connection)}
    retried = _retried(connection)
    given_up = why_given_up(connection)
    bad = (name for name, view in views.items() if view.standing.severity >= Severity.WARNING)
    found = [
        ChannelTrouble(
            name=name,
            view=views.get(name),
            **retried.get(name, {}),
            given_up=given_up.get(name, {}),
        )
        for name in dict.fromkeys((*bad, *sorted({*retried, *given_up})))
    ]
    return sorted(found, key=lambda each: each.severity, reverse=True)


def _retried(connection: Connection) -> dict[str, dict[str, Any]]:
    """Return for each channel how many messages failed that are still tried, and the next turn.

    `core.delivery.turn` asks a receiver when all in line that failed may be tried again, and has
    those that are set aside wait for them.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(_RETRIED):
        before = found.get(row.channel, {"retried": 0, "next_attempt_at": row.next_at})
        refused = {"refused": row.count, "refusals": row.attempts} if row.set_aside else {}
        found[row.channel] = {**before, **refused, "retried": before["retried"] + row.count}
    return found


# Built once: putting it together takes longer than the database takes to answer.
_RETRIED = (
    select(
        notifications.c.channel,
        notifications.c.set_aside,
        func.count().label("count"),
        func.sum(notifications.c.attempts).label("attempts"),
        func.max(notifications.c.next_attempt_at).label("next_at"),
    )
    .where(notifications.c.state == "pending", notifications.c.attempts > 0)
    .group_by(notifications.c.channel, notifications.c.set_aside)
    .order_by(notifications.c.channel, notifications.c.set_aside)
)
