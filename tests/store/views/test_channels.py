"""How sending went lately."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.store.tables import attempts, notifications
from batchbell.store.views.channels import SentLately, lately

if TYPE_CHECKING:
    from batchbell.store.database import Database

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8, 13])
def test_attempts_are_counted_from_any_time_on(database: Database, count: int) -> None:
    with database.write() as connection:
        connection.execute(
            notifications.insert().values(
                id=1,
                channel="team",
                key="key",
                state="sent",
                attempts=count,
                created_at=NOW,
                next_attempt_at=NOW,
                reason="",
                reminder=False,
            )
        )
        for number in range(count):
            connection.execute(
                attempts.insert().values(
                    # With gaps, as pruning leaves them.
                    id=3 * number + 5,
                    notification_id=1,
                    started_at=NOW + number * MINUTE,
                    duration_seconds=0.1,
                    delivered=number % 3 != 0,
                    reason=f"failure {number}",
                )
            )
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
