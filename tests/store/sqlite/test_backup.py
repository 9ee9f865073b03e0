"""A backup never takes the place of a file that somebody made while it was written."""

from __future__ import annotations

import errno
from contextlib import closing
from pathlib import Path

import pytest

from batchbell.errors import UsageError
from batchbell.store import schema
from batchbell.store.sqlite import backup
from batchbell.store.sqlite.database import SqliteDatabase


@pytest.fixture
def database(tmp_path: Path) -> SqliteDatabase:
    database = SqliteDatabase(f"sqlite:///{tmp_path / 'bell.db'}")
    with database.write() as connection:
        schema.run_migrations(connection, schema.HEAD)
    return database


def without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be on a file system that knows no hard links."""

    def link(_path: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", link)


@pytest.mark.parametrize("links", [True, False])
def test_a_file_made_meanwhile_is_kept(
    database: SqliteDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    target = tmp_path / "copy.db"
    put_on_disk = backup._put_on_disk

    def somebody_is_quick(copy: Path) -> None:
        put_on_disk(copy)
        target.write_text("theirs")

    monkeypatch.setattr(backup, "_put_on_disk", somebody_is_quick)
    if not links:
        without_links(monkeypatch)
    with closing(database), pytest.raises(UsageError, match="exists and is not overwritten"):
        backup.back_up(database, target)

    assert target.read_text() == "theirs"
    assert not list(tmp_path.glob(".copy.db.*"))


def test_a_link_that_leads_nowhere_is_not_overwritten(
    database: SqliteDatabase, tmp_path: Path
) -> None:
    target = tmp_path / "copy.db"
    target.symlink_to(tmp_path / "nowhere")
    with closing(database), pytest.raises(UsageError, match="exists and is not overwritten"):
        backup.back_up(database, target)


@pytest.mark.parametrize("links", [True, False])
def test_it_is_complete_and_for_its_owner_alone(
    database: SqliteDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    target = tmp_path / "copy.db"
    if not links:
        without_links(monkeypatch)
    with closing(database):
        size = backup.back_up(database, target)

    status = target.stat()
    assert (status.st_size, status.st_mode & 0o777, status.st_nlink) == (size, 0o600, 1)
    assert not list(tmp_path.glob(".copy.db.*"))
