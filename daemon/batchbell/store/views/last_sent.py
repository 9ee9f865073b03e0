"""What was sent last, by when it was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from batchbell.store.tables import notifications
from batchbell.store.views.deliveries import DeliveryFilter, chosen, of_numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from batchbell.store.views.deliveries import LedgerEntry


def last_sent(connection: Connection, wanted: DeliveryFilter, *, limit: int) -> list[LedgerEntry]:
    """Return those of these that were sent last, the last one first.

    A message that was held, or tried for long, was queued long before others that were sent then.
    """
    query = chosen(select(notifications.c.id), replace(wanted, state="sent"))
    newest = query.order_by(notifications.c.ended_at.desc(), notifications.c.id.desc())
    numbers = [*connection.execute(newest.limit(limit)).scalars()]
    every = of_numbers(connection, numbers, DeliveryFilter())
    found = {each.delivery.notification_id: each for each in every}
    return [found[number] for number in numbers]


def count_sent(connection: Connection, wanted: DeliveryFilter) -> int:
    """Return how many of these were sent."""
    query = chosen(select(func.count(notifications.c.id)), replace(wanted, state="sent"))
    return connection.execute(query).scalar() or 0
