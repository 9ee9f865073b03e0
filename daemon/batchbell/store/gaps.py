"""The gaps in polling: when an account was not seen, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from batchbell.core.gap import Gap
from batchbell.store.tables import gaps
from batchbell.store.upsert import insert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


def record(connection: Connection, account: str, gap: Gap) -> None:
    """Write a gap that a good poll ended; the account has a row."""
    row = {"account": account, "since": gap.since, "until": gap.until, "reason": gap.reason}
    connection.execute(insert(connection, gaps).values(row).on_conflict_do_nothing())


def lately(connection: Connection, *, until_after: datetime) -> dict[str, list[Gap]]:
    """Return the gaps that ended after a moment, oldest first, by account."""
    query = select(gaps).where(gaps.c.until > until_after).order_by(gaps.c.since)
    found: dict[str, list[Gap]] = {}
    for row in connection.execute(query):
        gap = Gap(since=row.since, until=row.until, reason=row.reason)
        found.setdefault(row.account, []).append(gap)
    return found


def forget(connection: Connection, *, until_before: datetime) -> int:
    """Delete the gaps that ended before a moment; return how many."""
    return connection.execute(delete(gaps).where(gaps.c.until < until_before)).rowcount
