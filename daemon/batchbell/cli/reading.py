"""The reading commands' way to the database: one snapshot, no lock, nothing created or changed."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from batchbell.config import database_url
from batchbell.store import schema
from batchbell.store.opening import database_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from batchbell.core.account_health import AccountState
    from batchbell.store.database import Database, Transaction


def open_database(config_file: Path | None) -> Database:
    """Return the database for reading. Raises `ConfigError` or `DatabaseError`."""
    return database_at(database_url(config_file, os.environ), read_only=True)


@contextmanager
def reading(database: Database) -> Iterator[Transaction]:
    """Open a reading transaction on a schema we know. Raises `DatabaseError`."""
    with database.read() as connection:
        schema.require_current(connection)
        yield connection


def corrected_now(states: Iterable[AccountState]) -> datetime:
    """Return the API's time: the wall clock minus what the last poll found it to be ahead."""
    polled = [state for state in states if state.skew_seconds is not None]
    latest = max(polled, key=_last_good_poll, default=None)
    ahead = timedelta(seconds=latest.skew_seconds or 0.0) if latest else timedelta()
    return datetime.now(UTC) - ahead


def _last_good_poll(state: AccountState) -> float:
    return state.last_good_poll_at.timestamp() if state.last_good_poll_at else 0.0
