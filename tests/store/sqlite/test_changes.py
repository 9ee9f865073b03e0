from __future__ import annotations

import select
import sqlite3
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from batchbell.store.sqlite.closings import Closings
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from batchbell.store.sqlite.database import SqliteDatabase

pytestmark = pytest.mark.sqlite

needs_inotify = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has inotify")


def hinted(watch: object, *, seconds: float = TIMEOUT_SECONDS) -> bool:
    """Whether a watch says within some time that a question is worth while."""
    descriptor = getattr(watch, "hint")  # noqa: B009 - of a test's own making
    return bool(select.select([descriptor], [], [], seconds)[0])


@needs_inotify
def test_a_command_that_commits_and_ends_is_hinted_at(database: SqliteDatabase) -> None:
    watch = database.changes()
    assert not watch.changed()
    assert not hinted(watch, seconds=0)
    with closing(sqlite3.connect(database.path)) as command:
        command.execute("CREATE TABLE another (id INTEGER)")
        command.commit()
    assert hinted(watch)
    assert watch.changed()
    assert not hinted(watch, seconds=0)
    assert not watch.changed()
    watch.close()
    assert watch.hint is None


@needs_inotify
def test_own_commits_wake_nobody_whose_work_told_of_them(database: SqliteDatabase) -> None:
    watch = database.changes()
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE another (id INTEGER)")
    assert not hinted(watch, seconds=0)
    watch.close()


def test_without_inotify_one_has_to_ask(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    watch = database.changes()
    assert watch.hint is None
    with closing(sqlite3.connect(database.path)) as command:
        command.execute("CREATE TABLE another (id INTEGER)")
        command.commit()
    assert watch.changed()
    watch.close()


@needs_inotify
def test_a_system_that_refuses_has_to_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Closings(tmp_path / "nothing there").descriptor is None
    # As if the user had all the listeners that the system grants him.
    monkeypatch.setattr("ctypes.CDLL", lambda _: FullSystem())
    assert Closings(tmp_path).descriptor is None


class FullSystem:
    """A system that grants no listener."""

    def inotify_init1(self, _flags: int) -> int:
        """Refuse."""
        return -1
