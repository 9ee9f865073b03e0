"""Claims of rows: who has one works on it alone, until the claim runs out or is given back.

All go by one clock: by the database's where several daemons share a server, whatever theirs say; of
a file by that of its one daemon. Each claim of a row has a number, larger than the one before: what
comes of a claim is written only while the row still has its number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, literal, or_, type_coerce

from batchbell.store.database_clock import clock_of, database_clock, database_time
from batchbell.store.types import Instant, Span

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Connection


def until(dialect: str) -> ColumnElement[Any]:
    """Return when a claim that is made or renewed now runs out; it takes the values of `times`."""
    if dialect == "sqlite":
        return bindparam("runs_out_at", type_=Instant)
    return type_coerce(clock_of(dialect) + bindparam("claim_for", type_=Span), Instant)


def times(now: datetime, claim_for: timedelta) -> dict[str, object]:
    """Return what `until` takes; `now` is the caller's time."""
    return {"runs_out_at": now + claim_for, "claim_for": claim_for}


def is_free(
    connection: Connection, locked_until: ColumnElement[Any], now: datetime, longest: timedelta
) -> ColumnElement[bool]:
    """Say that nobody has a claim; one further ahead than `longest` is of a clock stepped back."""
    clock = literal(now, Instant) if _is_file(connection) else database_clock(connection)
    latest = type_coerce(clock + literal(longest, Span), Instant)
    return or_(locked_until.is_(None), locked_until <= clock, locked_until > latest)


def by_the_time_of(
    connection: Connection, locked_until: ColumnElement[Any], now: datetime
) -> ColumnElement[Any]:
    """Return when a claim runs out, by the caller's clock, which says `now`."""
    if _is_file(connection):
        return locked_until
    ahead_by = database_clock(connection) - literal(now, Instant)
    return type_coerce(locked_until - ahead_by, Instant)


def ahead(connection: Connection, now: datetime) -> timedelta:
    """Return how far the clock of claims is ahead of the caller's."""
    return (now if _is_file(connection) else database_time(connection)) - now


def _is_file(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
