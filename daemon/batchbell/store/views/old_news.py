"""Which deliveries tell only old news: of deadlines and standstills that are past."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from batchbell.messages.overtaken import can_be_over, is_over, jobs_that_may_be_over
from batchbell.store import events as event_log
from batchbell.store.batches import in_batches
from batchbell.store.views.event_deliveries import all_events_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.event import Event


def old_news(
    connection: Connection, notification_ids: Iterable[int], now: datetime
) -> frozenset[int]:
    """Return those of these notifications whose every event is over by now."""
    found: set[int] = set()
    for some in in_batches(notification_ids):
        found |= _old_among(connection, some, now)
    return frozenset(found)


def _old_among(connection: Connection, some: list[int], now: datetime) -> set[int]:
    told = {
        number: [stored.event for stored in about]
        for number, about in all_events_of(connection, some).items()
    }
    may_be_old = {
        number: about for number, about in told.items() if about and all(map(can_be_over, about))
    }
    jobs = jobs_that_may_be_over(event for about in may_be_old.values() for event in about)
    later: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in event_log.overtaking(connection, jobs):
        later[event.account, event.job_id].append(event)
    return {
        number
        for number, about in may_be_old.items()
        if all(is_over(event, _with(event, later), now) for event in about)
    }


def _with(event: Event, later: dict[tuple[str, str], list[Event]]) -> list[Event]:
    """Return an event and what may overtake it."""
    others = later[event.account, event.job_id]
    return [event, *(each for each in others if each.key != event.key)]
