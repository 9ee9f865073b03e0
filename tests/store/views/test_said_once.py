"""Lists that tell no fact twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.core.routing import Filter
from batchbell.store import events
from batchbell.store.views.event_deliveries import of_events
from batchbell.store.views.said_once import said_once
from batchbell.usecases.announce import announce
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from batchbell.store.database import Database

RESUMED, BEGUN = sample(EventKind.RESUMED, START), sample(EventKind.IN_PROGRESS, START)


def listed(database: Database, *filters: Filter) -> list[EventKind]:
    """Announce that a job moves again and is in progress; return what a list says."""
    with database.write() as connection:
        announce(connection, [BEGUN, RESUMED], filters, START)
    with database.read() as connection:
        stored = events.of_job(connection, BEGUN.account, BEGUN.job_id)
        assert len(stored) == 2
        told = of_events(connection, [each.id for each in stored])
    return [each.event.kind for each in said_once(stored, told)]


def test_a_job_in_progress_is_not_said_to_have_resumed_too(database: Database) -> None:
    everything = Filter(channel="team", events=("*",))
    assert listed(database, everything) == [EventKind.IN_PROGRESS]


def test_so_it_is_where_nobody_was_told(database: Database) -> None:
    assert listed(database) == [EventKind.IN_PROGRESS]


def test_what_was_told_alone_stays_in_the_list(database: Database) -> None:
    only = Filter(channel="team", events=("batch.resumed",))
    assert set(listed(database, only)) == {EventKind.IN_PROGRESS, EventKind.RESUMED}


def test_at_another_moment_it_is_news_of_its_own(database: Database) -> None:
    with database.write() as connection:
        announce(connection, [BEGUN, replace(RESUMED, seen_at=START + MINUTE)], (), START)
    with database.read() as connection:
        stored = events.of_job(connection, BEGUN.account, BEGUN.job_id)
    assert said_once(stored, {}) == stored
