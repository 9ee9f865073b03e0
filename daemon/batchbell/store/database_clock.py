"""The database's own clock: one for all who share it, however wrong theirs are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import literal_column, select

from batchbell.store.types import Instant

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

_NOW = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)",
    "postgresql": "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
}


def database_clock(connection: Connection) -> ColumnElement[datetime]:
    """Return what a statement calls the database's time."""
    return clock_of(connection.dialect.name)


def clock_of(dialect: str) -> ColumnElement[datetime]:
    """Return the same by the name that SQLAlchemy has for the database."""
    return literal_column(_NOW[dialect], Instant)


def database_time(connection: Connection) -> datetime:
    """Return what the database's clock says."""
    now: datetime = connection.execute(select(database_clock(connection))).scalar_one()
    return now
