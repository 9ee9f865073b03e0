"""How sending went lately."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from batchbell.core.gauges import Backlog
from batchbell.store.tables import attempts, notifications
from batchbell.store.views.channels import SentLately, backlogs, lately, numbers_given_up

if TYPE_CHECKING:
    from batchbell.store.database import Database, Transaction

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8, 13])
def test_attempts_are_counted_from_any_time_on(database: Database, count: int) -> None:
    with database.write() as connection:
        for number in range(count):
            tried(connection, number, delivered=number % 3 != 0)
    for first in range(count + 2):
        numbers = range(first, count)
        failed = [number for number in numbers if number % 3 == 0]
        with database.read() as connection:
            found = lately(connection, NOW + first * MINUTE)
        went = found.get("team", SentLately())
        assert (went.delivered, went.failed) == (len(numbers) - len(failed), len(failed))
        last = went.last_failure
        assert (None if last is None else last.reason) == (
            f"failure {failed[-1]}" if failed else None
        )


def test_each_channel_has_its_own_and_an_old_message_counts_when_it_gets_through(
    database: Database,
) -> None:
    with database.write() as connection:
        for number, channel in enumerate(("team", "oncall", "team", "oncall", "mail")):
            tried(connection, number, delivered=number == 1, channel=channel)
        # The first of them, tried again an hour later.
        attempt(connection, 99, number=0, at=NOW + 60 * MINUTE, delivered=True)
        connection.execute(
            notifications.update()
            .where(notifications.c.id == 1)
            .values(state="sent", ended_at=NOW + 60 * MINUTE)
        )
    with database.read() as connection:
        found = lately(connection, NOW + 2 * MINUTE)
        everything = lately(connection, NOW)
    numbers = {channel: (went.delivered, went.failed) for channel, went in found.items()}
    assert numbers == {"team": (1, 1), "oncall": (0, 1), "mail": (0, 1)}
    assert {channel: (went.delivered, went.failed) for channel, went in everything.items()} == {
        "team": (1, 2),
        "oncall": (1, 1),
        "mail": (0, 1),
    }


@pytest.mark.sqlite
def test_messages_older_than_what_was_tried_lately_are_not_read(database: Database) -> None:
    with database.read() as connection:
        plans: list[str] = []

        def explain(_c: object, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
            plan = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.extend(line[-1] for line in plan)

        event.listen(connection, "before_cursor_execute", explain)
        lately(connection, NOW)
    assert sum("attempts USING INDEX ix_attempts_started_at" in plan for plan in plans) == 2
    assert not [plan for plan in plans if plan.startswith("SCAN") or "notification_id" in plan]


def test_what_waits_and_what_was_given_up_are_counted_by_channel(database: Database) -> None:
    with database.write() as connection:
        for number, channel in enumerate(["team", "team", "oncall", "oncall", "mail", "chat"]):
            tried(connection, number, delivered=channel == "chat", channel=channel)
        given_up = notifications.update().where(notifications.c.id.in_((2, 3, 4)))
        connection.execute(given_up.values(state="dead"))
        is_reminder = notifications.c.id.in_((4, 5))
        connection.execute(notifications.update().where(is_reminder).values(reminder=True))
        early = notifications.update().where(notifications.c.id == 1)
        connection.execute(early.values(created_at=NOW - MINUTE))
    with database.read() as connection:
        assert backlogs(connection) == {
            "team": Backlog(pending=1, dead=1, oldest_at=NOW - MINUTE),
            "oncall": Backlog(dead=1),
            "mail": Backlog(pending=1, oldest_at=NOW),
        }
        assert numbers_given_up(connection) == {"team": [2], "oncall": [3]}


@pytest.mark.sqlite
def test_an_index_alone_counts_what_was_given_up(database: Database) -> None:
    with database.read() as connection:
        plans: list[str] = []

        def explain(_c: object, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
            plan = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.extend(line[-1] for line in plan)

        event.listen(connection, "before_cursor_execute", explain)
        backlogs(connection)
    assert sum("USING COVERING INDEX ix_notifications_state" in plan for plan in plans) == 1
    assert not [plan for plan in plans if plan.startswith("SCAN")]


def tried(connection: Transaction, number: int, *, delivered: bool, channel: str = "team") -> None:
    """Write a message that was tried once, as many minutes after the beginning as its number."""
    at = NOW + number * MINUTE
    connection.execute(
        notifications.insert().values(
            id=number + 1,
            channel=channel,
            key=f"key {number}",
            state="sent" if delivered else "pending",
            attempts=1,
            created_at=NOW,
            next_attempt_at=NOW,
            ended_at=at if delivered else None,
            reason="",
            reminder=False,
        )
    )
    # With gaps, as pruning leaves them.
    attempt(connection, 3 * number + 5, number=number, at=at, delivered=delivered)


def attempt(
    connection: Transaction, attempt_id: int, *, number: int, at: datetime, delivered: bool
) -> None:
    connection.execute(
        attempts.insert().values(
            id=attempt_id,
            notification_id=number + 1,
            started_at=at,
            duration_seconds=0.1,
            delivered=delivered,
            reason=f"failure {number}",
        )
    )
