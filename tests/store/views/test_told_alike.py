"""Messages that tell several channels the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batchbell.core.event import Event, EventKind
from batchbell.core.routing import Filter
from batchbell.store.tables import notification_events
from batchbell.store.views.deliveries import DeliveryFilter, entries
from batchbell.store.views.told_alike import told_alike
from batchbell.usecases.announce import announce

if TYPE_CHECKING:
    from batchbell.store.database import Database
    from batchbell.store.views.told_alike import ToldAlike

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def queued(database: Database, *channels: str, jobs: int = 1, name: str = "job") -> None:
    told = [
        Event(
            kind=EventKind.FAILED,
            account="default",
            job_id=f"{name}-{number}",
            qualifier="end:FAILED",
            happened_at=NOW,
            seen_at=NOW,
        )
        for number in range(jobs)
    ]
    with database.write() as connection:
        announce(connection, told, [Filter(channel=each) for each in channels], NOW)


def grouped(
    database: Database, wanted: DeliveryFilter, others: DeliveryFilter | None = None
) -> list[ToldAlike]:
    with database.read() as connection:
        asked = entries(connection, wanted)
        return told_alike(connection, asked[::-1], others or DeliveryFilter())


def channels_of(each: ToldAlike) -> list[str]:
    return [entry.delivery.channel for entry in each.entries]


def test_what_is_about_the_same_stands_together_the_first_asked_for_first(
    database: Database,
) -> None:
    queued(database, "one", "two")
    queued(database, "one", "two", "three", jobs=3, name="other")
    later, earlier = grouped(database, DeliveryFilter())
    assert sorted(channels_of(later)) == ["one", "three", "two"]
    assert (later.events, later.is_reminder) == (3, False)
    assert later.first is not None
    assert later.first.event.job_id == "other-0"
    assert sorted(channels_of(earlier)) == ["one", "two"]


def test_one_is_whole_whichever_of_its_messages_was_asked_for(database: Database) -> None:
    queued(database, "one", "two", "three")
    (found,) = grouped(database, DeliveryFilter(channel="two"))
    assert channels_of(found)[0] == "two"
    assert sorted(channels_of(found)) == ["one", "three", "two"]
    (alone,) = grouped(database, DeliveryFilter(channel="two"), DeliveryFilter(channel="two"))
    assert channels_of(alone) == ["two"]


def test_a_digest_that_has_an_event_of_it_too_is_another_message(database: Database) -> None:
    queued(database, "one", jobs=2)
    queued(database, "two", jobs=1)
    (found,) = grouped(database, DeliveryFilter(channel="one"))
    assert channels_of(found) == ["one"]


def test_messages_without_an_event_stand_alone(database: Database) -> None:
    queued(database, "one", "two")
    with database.write() as connection:
        connection.execute(notification_events.delete())
    found = grouped(database, DeliveryFilter())
    assert [channels_of(each) for each in found] == [["two"], ["one"]]
    assert {each.first for each in found} == {None}
