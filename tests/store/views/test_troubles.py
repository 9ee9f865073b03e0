"""Channels that need a look, and what each of them lacks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from batchbell.core.channel_health import ChannelHealth
from batchbell.core.event import Severity
from batchbell.store import channels
from batchbell.store.tables import notifications
from batchbell.store.views.channels import why_given_up
from batchbell.store.views.troubles import troubles

if TYPE_CHECKING:
    from batchbell.store.database import Database

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def has(database: Database, channel: str, count: int = 1, **fields: Any) -> None:
    usual: dict[str, object] = {
        "channel": channel,
        "state": "pending",
        "attempts": 0,
        "created_at": NOW,
        "next_attempt_at": NOW,
        "reason": "",
        "reminder": False,
    }
    with database.write() as connection:
        for number in range(count):
            key = f"{channel}-{number}-{fields}"
            connection.execute(insert(notifications), {**usual, **fields, "key": key})


def stands(database: Database, *healths: ChannelHealth) -> None:
    with database.write() as connection:
        channels.configure(connection, [each.channel for each in healths])
        for each in healths:
            channels.save(connection, each)


def test_the_worst_stands_first_and_what_is_well_is_left_out(database: Database) -> None:
    stands(
        database,
        ChannelHealth(channel="well", last_success_at=NOW),
        ChannelHealth(channel="lossy", last_success_at=NOW),
        ChannelHealth(channel="down", failing_since=NOW, told=True, last_error="HTTP 503"),
    )
    has(database, "well", 3)
    has(database, "lossy", 2, state="dead", reason="HTTP 400 Bad Request")
    has(database, "lossy", state="dead", reason="HTTP 404", reminder=True)
    has(database, "down", 4)
    has(database, "down", attempts=2, next_attempt_at=NOW + MINUTE)
    has(database, "down", attempts=1, next_attempt_at=NOW + 2 * MINUTE)
    has(database, "removed", state="dead", reason="channel removed")
    with database.read() as connection:
        down, lossy, removed = troubles(connection)
        assert why_given_up(connection).keys() == {"lossy", "removed"}
    assert (down.name, down.severity, down.fails) == ("down", Severity.FAILURE, True)
    assert (down.waiting, down.retried) == (6, 2)
    # Its receiver is asked again once both may be tried.
    assert down.next_attempt_at == NOW + 2 * MINUTE
    assert (lossy.name, lossy.severity, lossy.fails) == ("lossy", Severity.WARNING, False)
    assert lossy.given_up == {"HTTP 400 Bad Request": 2}
    assert lossy.waiting == 0
    assert (removed.name, removed.view, removed.severity) == ("removed", None, Severity.WARNING)


def test_what_is_set_aside_waits_for_what_is_in_line(database: Database) -> None:
    stands(database, ChannelHealth(channel="team", last_success_at=NOW))
    has(database, "team", attempts=9, set_aside=True, next_attempt_at=NOW + 9 * MINUTE)
    with database.read() as connection:
        (alone,) = troubles(connection)
    assert (alone.waiting, alone.next_attempt_at) == (1, NOW + 9 * MINUTE)
    has(database, "team", attempts=1, next_attempt_at=NOW + MINUTE)
    with database.read() as connection:
        (both,) = troubles(connection)
    assert (both.waiting, both.next_attempt_at) == (2, NOW + MINUTE)


def test_a_channel_that_its_receiver_disabled_fails(database: Database) -> None:
    stands(database, ChannelHealth(channel="gone", disabled_at=NOW))
    with database.write() as connection:
        channels.disable(connection, "gone", NOW)
    with database.read() as connection:
        (gone,) = troubles(connection)
    assert gone.fails
