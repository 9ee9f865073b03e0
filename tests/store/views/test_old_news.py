"""Which deliveries tell only old news."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import event as engine_event

from batchbell.core.event import Event, EventKind
from batchbell.core.example_events import sample
from batchbell.core.facts import Facts
from batchbell.core.routing import Filter
from batchbell.store.views.deliveries import entries
from batchbell.store.views.old_news import old_news
from batchbell.usecases.announce import announce
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from batchbell.store.database import Database

ALL = (Filter(channel="team", events=("*",)),)
NOW = START + timedelta(hours=1)


def told(database: Database, *events: Event) -> int:
    """Tell events in one message; return its number."""
    with database.write() as connection:
        announce(connection, events, ALL, events[0].seen_at)
        return entries(connection)[-1].delivery.notification_id


def of_job(kind: EventKind, job_id: str, minutes: float = 0) -> Event:
    return replace(sample(kind, START + minutes * MINUTE), job_id=job_id)


def test_old_is_what_a_later_event_overtakes_in_each_of_its_events(database: Database) -> None:
    over = told(database, of_job(EventKind.STALLED, "moved"), of_job(EventKind.STALLED, "ended"))
    half = told(database, of_job(EventKind.STALLED, "one"), of_job(EventKind.STALLED, "moved-2"))
    news = told(database, of_job(EventKind.FAILED, "ended", 1))
    mixed = told(database, of_job(EventKind.STALLED, "moved-3"), of_job(EventKind.FAILED, "two"))
    for name in ("moved", "moved-2", "moved-3"):
        told(database, of_job(EventKind.RESUMED, name, 2))
    with database.read() as connection:
        assert old_news(connection, [over, half, news, mixed], NOW) == {over}
        assert old_news(connection, [], NOW) == frozenset()


def outage(kind: EventKind, account: str, minutes: float = 0) -> Event:
    return replace(sample(kind, START + minutes * MINUTE), account=account)


def test_old_is_an_outage_that_has_ended_of_its_account_or_channel(database: Database) -> None:
    pager = Facts(channel="pager")
    failing = replace(sample(EventKind.CHANNEL_FAILING, START), facts=pager)
    well_again = replace(sample(EventKind.CHANNEL_RECOVERED, START + MINUTE), facts=pager)
    unreachable, refused = EventKind.ACCOUNT_UNREACHABLE, EventKind.ACCOUNT_UNAUTHORIZED
    over = [
        told(database, failing),
        told(database, outage(unreachable, "one"), outage(refused, "two", 1)),
    ]
    still = [
        told(database, outage(unreachable, "three")),
        told(database, outage(unreachable, "one", 3)),
    ]
    recovered = EventKind.ACCOUNT_RECOVERED
    news = told(database, outage(recovered, "one", 2), outage(recovered, "two", 2), well_again)
    with database.read() as connection:
        assert old_news(connection, [*over, *still, news], NOW) == set(over)


def test_for_however_many_the_database_is_asked_a_few_times(database: Database) -> None:
    numbers = [told(database, of_job(EventKind.STALLED, f"job-{each}")) for each in range(30)]
    for each in range(30):
        told(database, of_job(EventKind.RESUMED, f"job-{each}", 1))
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        statements.append(statement)

    with database.read() as connection:
        engine_event.listen(connection, "before_cursor_execute", count)
        assert old_news(connection, numbers, NOW) == set(numbers)
    assert len(statements) <= 3
