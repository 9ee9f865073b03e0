"""Claims a message as a channel's delivery does, in a test's own transaction; lets claims age."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import literal, update

from batchbell.core.delivery.pacing import AT_ONCE
from batchbell.core.delivery.turn import CLAIM, Send, first_from, next_turn
from batchbell.store import queue
from batchbell.store.tables import notifications, results
from batchbell.store.types import Span

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from batchbell.core.delivery.pacing import Pacing
    from batchbell.core.delivery.waiting import Waiting


def claim_next(
    connection: Connection, channel: str, now: datetime, pacing: Pacing = AT_ONCE
) -> Waiting | None:
    """Return the message whose turn it is, with what it takes up; None if none may be sent."""
    waiting = queue.waiting(connection, channel, first_from=first_from(pacing, now), now=now)
    action = next_turn(waiting, pacing=pacing, now=now).action
    if not isinstance(action, Send):
        return None
    number = action.message.notification_id
    assert queue.claim(connection, number, now=now, claim_for=CLAIM) is not None
    queue.take_up(connection, action.message, action.takes_up)
    return action.message


def let_claims_age(connection: Connection, span: timedelta) -> None:
    """Let a server's clock go on as a test's own does: a file has no other."""
    if connection.dialect.name == "sqlite":
        return
    for table in (notifications, results):
        aged = table.c.locked_until - literal(span, Span)
        connection.execute(update(table).values(locked_until=aged))
