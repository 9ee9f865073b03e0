"""Kept files go when they are old; nothing else does."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.account_health import AccountHealth, AccountState
from batchbell.core.job import BatchJob
from batchbell.core.snapshot import JobRecord
from batchbell.errors import KeepError
from batchbell.store import accounts, jobs
from batchbell.store import results as results_store
from batchbell.store.kept_results import KeptResults, kept_results
from batchbell.usecases.prune_kept import prune_kept
from tests.fakes import MINUTE, START
from tests.usecases.test_keep_files import keep, results

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batchbell.store.database import Database

NOW = datetime(2026, 11, 29, tzinfo=UTC)
OLD = NOW - timedelta(days=31)
BEFORE = NOW - timedelta(days=30)


def kept_at(folder: Path, job_id: str, at: datetime, *, account: str = "prod") -> Path:
    """Keep a job's files as if that had been then."""
    keep(folder, results(job_id, account=account))
    place = folder / account / job_id
    for path in place.iterdir():
        age(path, at)
    return place


def age(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def test_old_files_go_and_young_ones_stay(database: Database, tmp_path: Path) -> None:
    old, young = kept_at(tmp_path, "old", OLD), kept_at(tmp_path, "young", NOW)
    last = kept_at(tmp_path, "last", OLD, account="other")
    assert prune_kept(database, tmp_path, BEFORE) == 2
    assert not old.exists()
    assert len(list(young.iterdir())) == 4
    assert not last.exists()


def test_the_folder_of_an_account_without_jobs_goes(database: Database, tmp_path: Path) -> None:
    kept_at(tmp_path, "job", OLD)
    prune_kept(database, tmp_path, BEFORE)
    assert not (tmp_path / "prod").exists()


def test_the_youngest_file_decides(database: Database, tmp_path: Path) -> None:
    age(kept_at(tmp_path, "job", OLD) / "errors.jsonl", NOW)
    assert prune_kept(database, tmp_path, BEFORE) == 0


def test_what_a_killed_process_left_goes_too(database: Database, tmp_path: Path) -> None:
    place = kept_at(tmp_path, "job", OLD)
    (place / "output.jsonl").rename(place / "output.jsonl.part")
    assert prune_kept(database, tmp_path, BEFORE) == 1
    assert not place.exists()


def test_what_is_not_ours_stays(database: Database, tmp_path: Path) -> None:
    theirs = tmp_path / "home" / "project"
    theirs.mkdir(parents=True)
    copied = kept_at(tmp_path, "job", OLD).rename(tmp_path / "prod" / "copy")
    for name in ("input.jsonl", "verdict.json"):
        (theirs / name).write_text("[]")
        age(theirs / name, OLD)
    assert prune_kept(database, tmp_path, BEFORE) == 0
    assert len(list(theirs.iterdir())) == 2
    assert len(list(copied.iterdir())) == 4


def test_what_somebody_put_beside_our_files_stays(database: Database, tmp_path: Path) -> None:
    place = kept_at(tmp_path, "job", OLD)
    (place / "notes.txt").write_text("mine")
    age(place / "notes.txt", OLD)
    assert prune_kept(database, tmp_path, BEFORE) == 1
    assert [path.name for path in place.iterdir()] == ["notes.txt"]


def test_no_link_is_followed(database: Database, tmp_path: Path) -> None:
    place = kept_at(tmp_path / "elsewhere", "job", OLD)
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "prod").symlink_to(place.parent)
    assert prune_kept(database, folder, BEFORE) == 0
    assert len(list(place.iterdir())) == 4


def test_a_folder_that_is_not_there_has_nothing(database: Database, tmp_path: Path) -> None:
    assert prune_kept(database, tmp_path / "nowhere", BEFORE) == 0


def test_a_folder_that_can_not_be_read_is_said(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeepError, match="can't be removed"):
        prune_kept(database, tmp_path / "file", BEFORE)


def test_the_database_knows_what_is_kept(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        accounts.save(connection, AccountState(health=AccountHealth(account="prod")))
        for job_id, at in (("old", OLD), ("young", NOW)):
            record = JobRecord(
                job=BatchJob(id=job_id, status="COMPLETED"),
                first_seen_at=START,
                last_seen_at=START,
                status_since=START,
                progress_since=START,
                missed_polls=1,
                missing_since=START + MINUTE,
            )
            jobs.save(connection, "prod", [record])
            known = keep(tmp_path, replace(results(job_id), counted_at=at))
            results_store.save(connection, known, at)
    size = sum(file.bytes or 0 for file in results().files)
    with database.read() as connection:
        assert kept_results(connection) == KeptResults(jobs=2, bytes=2 * size)
    prune_kept(database, tmp_path, BEFORE)
    with database.read() as connection:
        assert kept_results(connection) == KeptResults(jobs=1, bytes=size)
        old = results_store.load(connection, "prod", "old")
    assert old is not None
    assert [file.path for file in old.files] == ["", "", ""]
    assert old.files[0].bytes


def test_what_is_not_ours_to_read_is_left_alone(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, theirs = kept_at(tmp_path, "old", OLD), tmp_path / "lost+found"
    theirs.mkdir()
    entries = type(tmp_path).iterdir

    def as_others_see_it(path: Path) -> Iterator[Path]:
        # root, who may run this, can read everything
        if path == theirs:
            raise PermissionError(errno.EACCES, "Permission denied")
        return entries(path)

    monkeypatch.setattr(type(tmp_path), "iterdir", as_others_see_it)
    assert prune_kept(database, tmp_path, BEFORE) == 1
    assert not old.exists()
    assert theirs.exists()
