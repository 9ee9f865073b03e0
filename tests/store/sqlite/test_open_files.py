"""A database that is deleted, replaced or robbed of its log while it is open."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchbell.errors import DatabaseError
from batchbell.store import accounts
from batchbell.store.sqlite.open_files import OpenFiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.store.sqlite.database import SqliteDatabase


@pytest.fixture
def opened(database: SqliteDatabase) -> Iterator[SqliteDatabase]:
    """A database with an open connection, as a daemon has it."""
    with database.write() as connection:
        accounts.load(connection, "default")
    yield database
    database.close()


def log_of(database: SqliteDatabase) -> Path:
    return Path(f"{database.path}-wal")


def refuses(database: SqliteDatabase, reason: str) -> None:
    for transaction in (database.read, database.write):
        with pytest.raises(DatabaseError, match=reason), transaction():
            pass
    with pytest.raises(DatabaseError, match=reason):
        database.shorten_log()


def test_a_deleted_database_is_refused_and_not_made_anew(opened: SqliteDatabase) -> None:
    opened.path.unlink()
    refuses(opened, "was deleted or moved away .* restart batchbell")
    assert not opened.path.exists()


def test_one_that_is_deleted_right_after_a_look_is_not_made_anew(
    opened: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = OpenFiles.require_main

    def look_before_it_goes(files: OpenFiles) -> None:
        look(files)
        opened.path.unlink()

    monkeypatch.setattr(OpenFiles, "require_main", look_before_it_goes)
    with pytest.raises(DatabaseError, match="was deleted"), opened.write():
        pass
    assert not opened.path.exists()


def test_one_that_comes_back_is_used_again(opened: SqliteDatabase) -> None:
    away = opened.path.with_name("away.db")
    opened.path.rename(away)
    refuses(opened, "was deleted or moved away")
    away.rename(opened.path)
    with opened.read() as connection:
        assert accounts.load_all(connection) == []


def test_a_replaced_database_is_refused_until_it_is_opened_anew(opened: SqliteDatabase) -> None:
    copy = opened.path.with_name("copy.db")
    with closing(sqlite3.connect(opened.path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.replace(opened.path)
    refuses(opened, "was replaced by another file .* restart batchbell")
    opened.close()
    log_of(opened).unlink(missing_ok=True)
    with opened.read() as connection:
        assert accounts.load_all(connection) == []


def test_without_its_log_nothing_is_written_that_nobody_else_would_find(
    opened: SqliteDatabase,
) -> None:
    log_of(opened).unlink()
    refuses(opened, "-wal was deleted .* restart batchbell")
    # A second connection would write a log of its own: both would be wrong.
    log_of(opened).touch()
    refuses(opened, "-wal was deleted")
    log_of(opened).unlink()
    opened.close()
    with opened.write() as connection:
        assert accounts.load_all(connection) == []


def test_a_folder_that_cant_be_looked_into_is_told(opened: SqliteDatabase) -> None:
    folder = opened.path.parent
    folder.rename(folder.with_name("away"))
    folder.touch()
    refuses(opened, "can't look at .*Not a directory")
