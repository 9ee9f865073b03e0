"""Remind: queue the failures that nobody has acknowledged once more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.reminders import plan
from batchbell.store import mutes, reminders
from batchbell.usecases.announce import announce_again, as_they_are

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.routing import Filter
    from batchbell.store.database import Database

#: How often somebody has to look whether a reminder is due.
LOOK_EVERY = timedelta(seconds=30)


def remind(database: Database, *, filters: Sequence[Filter], now: datetime) -> int | None:
    """Queue the reminders that are due, take back those nobody needs; return how many were queued.

    None if there is nothing to be reminded of: that does not come by time alone. A message repeats
    up to twenty failures. Raises `DatabaseError`.
    """
    with database.read() as connection:
        if not reminders.are_any(connection):
            return None
    with database.write() as connection:
        decided = plan(
            reminders.open_failures(connection),
            reminders.pending(connection),
            filters=as_they_are(connection, filters),
            mutes=mutes.load(connection, now),
            now=now,
        )
        reminders.close(connection, [failure.key for failure in decided.settled])
        reminders.withdraw(connection, decided.unneeded)
        return sum(
            announce_again(connection, channel, [each.event_id for each in failures], now)
            for channel, failures in decided.due.items()
        )
