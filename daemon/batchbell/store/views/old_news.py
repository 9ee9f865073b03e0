"""Which events are over, of deadlines, standstills and outages; which deliveries tell no other."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
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
    from batchbell.store.events import StoredEvent


def old_news(
    connection: Connection, notification_ids: Iterable[int], now: datetime
) -> frozenset[int]:
    """Return those of these notifications whose every event is over by now."""
    found: set[int] = set()
    for some in in_batches(notification_ids):
        found |= _old_among(connection, some, now)
    return frozenset(found)


def past_among(
    connection: Connection, several: Iterable[StoredEvent], now: datetime
) -> frozenset[int]:
    """Return the numbers of those events that are over by now."""
    may_be = [each for each in several if can_be_over(each.event)]
    jobs = jobs_that_may_be_over(each.event for each in may_be)
    later: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in (*event_log.overtaking(connection, jobs), *_recoveries(connection, may_be)):
        later[event.account, event.job_id].append(event)
    return frozenset(
        each.id for each in may_be if is_over(each.event, _with(each.event, later), now)
    )


def _old_among(connection: Connection, some: list[int], now: datetime) -> set[int]:
    may_be_old = {
        number: about
        for number, about in all_events_of(connection, some).items()
        if about and all(can_be_over(stored.event) for stored in about)
    }
    past = past_among(connection, chain.from_iterable(may_be_old.values()), now)
    return {
        number for number, about in may_be_old.items() if all(stored.id in past for stored in about)
    }


def _recoveries(connection: Connection, several: Iterable[StoredEvent]) -> list[Event]:
    """Return what may end one of these that is an outage."""
    since = min((each.event.seen_at for each in several if not each.event.job_id), default=None)
    return [] if since is None else event_log.recoveries(connection, since)


def _with(event: Event, later: dict[tuple[str, str], list[Event]]) -> list[Event]:
    """Return an event and what may overtake it."""
    others = later[event.account, event.job_id]
    return [event, *(each for each in others if each.key != event.key)]
