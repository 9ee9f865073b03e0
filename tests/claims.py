"""Claims a message as a channel's delivery does, in a test's own transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.delivery.pacing import AT_ONCE
from batchbell.core.delivery.turn import CLAIM, Send, first_from, next_turn
from batchbell.store import queue

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.delivery.pacing import Pacing
    from batchbell.core.delivery.waiting import Waiting


def claim_next(
    connection: Connection, channel: str, now: datetime, pacing: Pacing = AT_ONCE
) -> Waiting | None:
    """Return the message whose turn it is, with what it takes up; None if none may be sent."""
    waiting = queue.waiting(connection, channel, first_from=first_from(pacing, now))
    action = next_turn(waiting, pacing=pacing, now=now).action
    if not isinstance(action, Send):
        return None
    queue.claim(connection, action.message.notification_id, until=now + CLAIM)
    queue.take_up(connection, action.message, action.takes_up)
    return action.message
