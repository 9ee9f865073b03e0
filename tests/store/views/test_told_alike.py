"""Messages that tell several channels the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from batchbell.core.event import Event, EventKind
from batchbell.core.routing import Filter
from batchbell.store.tables import notification_events, notifications, reminder_events
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


def jobs_of(each: ToldAlike) -> list[str]:
    return [event.job_id for event in each.events]


def test_who_was_told_the_same_stands_together_the_youngest_message_first(
    database: Database,
) -> None:
    queued(database, "one", "two")
    queued(database, "one", "two", "three", name="other")
    later, earlier = grouped(database, DeliveryFilter())
    assert sorted(channels_of(later)) == ["one", "three", "two"]
    assert (jobs_of(later), later.is_reminder) == (["other-0"], False)
    assert sorted(channels_of(earlier)) == ["one", "two"]


def test_one_is_whole_whichever_of_its_messages_was_asked_for(database: Database) -> None:
    queued(database, "one", "two", "three")
    (found,) = grouped(database, DeliveryFilter(channel="two"))
    assert channels_of(found)[0] == "two"
    assert sorted(channels_of(found)) == ["one", "three", "two"]
    (alone,) = grouped(database, DeliveryFilter(channel="two"), DeliveryFilter(channel="two"))
    assert channels_of(alone) == ["two"]


def test_an_event_of_different_digests_stands_once(database: Database) -> None:
    queued(database, "one", jobs=2)
    queued(database, "two", name="other")
    with database.write() as connection:
        # The second channel's digest tells the first event as well.
        connection.execute(notification_events.insert(), [_also_told(2, event=1)])
    found = {jobs_of(each)[0]: channels_of(each) for each in grouped(database, DeliveryFilter())}
    assert found == {"other-0": ["two"], "job-0": ["two", "one"], "job-1": ["one"]}


def _also_told(notification: int, *, event: int) -> dict[str, object]:
    return {"notification_id": notification, "event_id": event, "channel": "two"}


def test_a_verdict_goes_with_its_end_where_all_its_channels_were_told_that(
    database: Database,
) -> None:
    end, verdict = (
        Event(
            kind=kind,
            account="default",
            job_id="job",
            qualifier="end:COMPLETED",
            happened_at=NOW,
            seen_at=NOW,
        )
        for kind in (EventKind.COMPLETED, EventKind.RESULTS)
    )
    with database.write() as connection:
        everything = Filter(channel="one", events=("*",))
        announce(connection, [end, verdict], [everything, Filter(channel="two")], NOW)
    (found,) = grouped(database, DeliveryFilter())
    assert [event.kind for event in found.events] == [EventKind.COMPLETED, EventKind.RESULTS]
    assert sorted(channels_of(found)) == ["one", "two"]


def test_what_a_reminder_repeats_is_no_row_of_its_own(database: Database) -> None:
    queued(database, "one")
    with database.write() as connection:
        event = connection.execute(select(notification_events.c.event_id)).scalar_one()
        first = connection.execute(select(notifications)).one()
        again = {**first._mapping, "id": first.id + 1, "key": "again", "reminder": True}
        connection.execute(notifications.insert(), [again])
        connection.execute(
            reminder_events.insert(), [{"event_id": event, "notification_id": first.id + 1}]
        )
    with database.read() as connection:
        asked = entries(connection, limit=1)
        (found,) = told_alike(connection, asked, DeliveryFilter())
    assert (found.is_reminder, jobs_of(found)) == (True, ["job-0"])


def test_of_one_message_the_worst_stands_first(database: Database) -> None:
    events = [
        Event(kind=kind, account="default", job_id=kind.value, happened_at=NOW, seen_at=NOW)
        for kind in (EventKind.FAILED, EventKind.COMPLETED, EventKind.STALLED)
    ]
    with database.write() as connection:
        announce(connection, events, [Filter(channel="one")], NOW)
    kinds = [each.events[0].kind for each in grouped(database, DeliveryFilter())]
    assert kinds == [EventKind.FAILED, EventKind.STALLED, EventKind.COMPLETED]


def test_messages_without_an_event_stand_alone(database: Database) -> None:
    queued(database, "one", "two")
    with database.write() as connection:
        connection.execute(notification_events.delete())
    found = grouped(database, DeliveryFilter())
    assert [channels_of(each) for each in found] == [["two"], ["one"]]
    assert {each.fold for each in found} == {None}
    assert [each.key for each in found] == [(2, 0), (1, 0)]
