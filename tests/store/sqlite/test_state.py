"""Telling the states of a file apart."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

if TYPE_CHECKING:
    from batchbell.store.sqlite.database import SqliteDatabase

pytestmark = pytest.mark.sqlite


def commit(database: SqliteDatabase) -> None:
    with database.write() as transaction:
        transaction.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")


def test_a_state_that_changes_while_it_is_asked_for_is_not_told(database: SqliteDatabase) -> None:
    with database.read() as transaction:
        event.listen(transaction, "before_cursor_execute", lambda *_: commit(database), once=True)
        assert database.state(transaction) is None
    with database.read() as transaction:
        assert database.state(transaction) is not None


def test_a_connection_that_breaks_is_not_what_a_reader_hears_of(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with database.read() as transaction:
        monkeypatch.setattr(database.engine, "raw_connection", broken)
        assert database.state(transaction) is None
        assert transaction.exec_driver_sql("SELECT 1").scalar_one() == 1
