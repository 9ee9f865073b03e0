"""A job's files on the disk: each whole under its name, or not there, and nobody else's."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import io
import json
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import FileKind, JobResults, ResultFile, ResultsState
from batchbell.errors import KeepError, TooLargeError, UnavailableError
from batchbell.usecases.keep_files import FileKeeper
from batchbell.usecases.kept_files import KeptFirst, job_folder, kept_files

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from batchbell.providers.port import ResultApi

CONTENTS = {"file-i": b"in\n" * 9, "file-o": b"out\n" * 99, "file-e": b"err\n"}


class Files:
    """An API with these files, which may end in the middle of one."""

    def __init__(self, *, cut: str = "") -> None:
        self.asked: list[str] = []
        self._cut = cut

    async def file_content(self, file_id: str, *, max_bytes: int) -> AsyncGenerator[bytes]:
        del max_bytes
        self.asked.append(file_id)
        content = CONTENTS[file_id if file_id in CONTENTS else "file-o"]
        yield content[:5]
        if file_id == self._cut:
            raise UnavailableError("cut")
        yield content[5:]


def results(job_id: str = "job-1", *, account: str = "prod") -> JobResults:
    files = zip(FileKind, CONTENTS.items(), strict=True)
    return JobResults(
        account=account,
        job_id=job_id,
        status="COMPLETED",
        state=ResultsState.COUNTED,
        verdict=Verdict.PARTIAL,
        counts=Counts(requests=9, succeeded=8, failed=1, missing=0, foreign=0),
        files=tuple(
            ResultFile(kind=kind, id=name, bytes=len(content), sha256=sha256(content).hexdigest())
            for kind, (name, content) in files
        ),
        counted_at=datetime(2026, 11, 29, tzinfo=UTC),
    )


async def read(source: ResultApi, file_id: str, *, max_bytes: int = 1000) -> bytes:
    pieces = source.file_content(file_id, max_bytes=max_bytes)
    return b"".join([piece async for piece in pieces])


def keep(folder: Path, known: JobResults, source: ResultApi | None = None) -> JobResults:
    """Read all files of a job through, and keep them."""
    keeper = FileKeeper(folder, known)

    async def read_all() -> None:
        for file in known.files:
            content = await read(keeper.reading(source or Files()), file.id)
            assert len(content) == file.bytes

    asyncio.run(read_all())
    return keeper.finish(known)


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_files_and_verdict_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    kept = keep(folder, results())
    assert tree(folder) == [
        "prod",
        "prod/job-1",
        "prod/job-1/errors.jsonl",
        "prod/job-1/input.jsonl",
        "prod/job-1/output.jsonl",
        "prod/job-1/verdict.json",
    ]
    place = folder / "prod/job-1"
    assert {path.stat().st_mode & 0o777 for path in place.iterdir()} == {0o600}
    for path in (folder, folder / "prod", place):
        assert path.stat().st_mode & 0o777 == 0o700
    assert (place / "output.jsonl").read_bytes() == CONTENTS["file-o"]
    assert [file.path for file in kept.files] == [
        str(place / f"{kind}.jsonl") for kind in ("input", "output", "errors")
    ]
    said = json.loads((place / "verdict.json").read_bytes())
    assert (said["verdict"], said["succeeded"]) == ("partial", 8)
    assert [file["path"] for file in said["files"]] == [file.path for file in kept.files]


def test_half_a_file_is_none(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError):
        keep(tmp_path, results(), Files(cut="file-o"))
    assert tree(tmp_path / "prod/job-1") == ["input.jsonl", "verdict.json"]


def test_what_an_earlier_attempt_has_kept_is_not_asked_for_again(tmp_path: Path) -> None:
    known = replace(results(), state=ResultsState.WAITING, verdict=None, counts=None)
    keeper = FileKeeper(tmp_path, known)

    async def read_some(keeper: FileKeeper, api: Files) -> None:
        for file in known.files:
            await read(keeper.reading(api), file.id)

    with pytest.raises(UnavailableError):
        asyncio.run(read_some(keeper, Files(cut="file-o")))
    waiting = keeper.finish(known)
    assert [bool(file.path) for file in waiting.files] == [True, False, False]

    api, again = Files(), FileKeeper(tmp_path, known)
    asyncio.run(read_some(again, api))
    assert api.asked == ["file-o", "file-e"]
    assert all(file.path for file in again.finish(results()).files)
    assert set(kept_files(tmp_path, "prod", "job-1")) == set(CONTENTS)


def test_what_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    keep(tmp_path, results())
    part = tmp_path / "prod/job-1/output.jsonl.part"
    part.write_text("left")
    (tmp_path / "prod/job-1/output.jsonl").unlink()
    keep(tmp_path, results())
    assert not part.exists()
    assert (tmp_path / "prod/job-1/output.jsonl").read_bytes() == CONTENTS["file-o"]


def test_another_file_of_the_same_kind_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    first = results()
    keep(tmp_path, first)
    output = replace(first.files[1], id="file-later")
    later = replace(first, files=(first.files[0], output, first.files[2]))
    with pytest.raises(UnavailableError):
        keep(tmp_path, later, Files(cut="file-later"))
    assert set(kept_files(tmp_path, "prod", "job-1")) == {"file-i", "file-e"}
    keep(tmp_path, later)
    assert set(kept_files(tmp_path, "prod", "job-1")) == {"file-i", "file-later", "file-e"}


@pytest.mark.parametrize("job_id", ["..", "../../etc", "/etc/passwd", "a/b", ".", "~root"])
def test_no_id_leads_out_of_the_folder(tmp_path: Path, job_id: str) -> None:
    folder = tmp_path / "results"
    keep(folder, results(job_id))
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
    (account,) = folder.iterdir()
    (job,) = account.iterdir()
    assert len(list(job.iterdir())) == 4
    assert job == job_folder(folder, "prod", job_id)


# --- what somebody else has put there ---


@pytest.mark.parametrize("step", ["prod", "prod/job-1"])
def test_a_link_in_place_of_a_folder_is_not_followed(tmp_path: Path, step: str) -> None:
    folder, elsewhere = tmp_path / "results", tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = folder / step
    link.parent.mkdir(parents=True, mode=0o700)
    link.symlink_to(elsewhere)
    with pytest.raises(KeepError, match="it can't be kept in"):
        keep(folder, results())
    assert not list(elsewhere.iterdir())


@pytest.mark.parametrize("name", ["output.jsonl", "output.jsonl.part", "verdict.json"])
def test_a_link_in_place_of_a_file_is_replaced(tmp_path: Path, name: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("not ours")
    keep(tmp_path / "results", results())
    link = tmp_path / "results/prod/job-1" / name
    (link.parent / "output.jsonl").unlink()
    link.unlink(missing_ok=True)
    link.symlink_to(elsewhere)
    keep(tmp_path / "results", results())
    assert elsewhere.read_text() == "not ours"
    assert not link.is_symlink()


def test_a_folder_that_others_may_write_to_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "prod").mkdir()
    (tmp_path / "prod").chmod(0o777)
    with pytest.raises(KeepError, match="others may write to its folder prod"):
        keep(tmp_path, results())


def test_two_do_not_keep_the_same_at_once(tmp_path: Path) -> None:
    keeper = FileKeeper(tmp_path, results())
    with keeper.keeping("file-o"), pytest.raises(KeepError):
        keep(tmp_path, results())
    keep(tmp_path, results())


# --- the disk ---


@pytest.mark.parametrize("call", ["fsync", "replace", "open"])
def test_a_full_disk_is_said_and_heals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    keep(tmp_path, results("job-0"))

    def full(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, call, full)
        with pytest.raises(KeepError, match="No space left on device"):
            keep(tmp_path, results())
    assert not list(tmp_path.glob("prod/job-1/*.jsonl*"))
    assert keep(tmp_path, results()).files[1].path


def test_a_file_system_without_locks_and_without_syncing_of_names_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def of_files_alone(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        fsync(descriptor)

    def no_locks(_descriptor: int, _how: int) -> None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    monkeypatch.setattr(os, "fsync", of_files_alone)
    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert all(file.path for file in keep(tmp_path, results()).files)


def test_a_lock_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(_descriptor: int, _how: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "flock", failing)
    with pytest.raises(KeepError, match="Input/output error"):
        keep(tmp_path, results())


def test_a_folder_that_is_not_to_be_had_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeepError, match="Not a directory"):
        keep(tmp_path / "file/results", results())


# --- reading them ---


def test_kept_files_are_read_from_the_disk(tmp_path: Path) -> None:
    keep(tmp_path, results())
    api = Files()
    source = KeptFirst(api, kept_files(tmp_path, "prod", "job-1"))
    for file_id, content in CONTENTS.items():
        assert asyncio.run(read(source, file_id)) == content
    assert api.asked == []


def test_what_is_not_kept_comes_from_the_api(tmp_path: Path) -> None:
    api = Files()
    source = KeptFirst(api, kept_files(tmp_path, "prod", "job-1"))
    assert asyncio.run(read(source, "file-o")) == CONTENTS["file-o"]
    assert api.asked == ["file-o"]


def test_a_kept_file_that_is_not_what_it_was_is_not_used(tmp_path: Path) -> None:
    keep(tmp_path, results())
    (tmp_path / "prod/job-1/output.jsonl").write_text("changed")
    (tmp_path / "prod/job-1/errors.jsonl").unlink()
    assert set(kept_files(tmp_path, "prod", "job-1")) == {"file-i"}


def test_a_kept_file_that_goes_meanwhile_comes_from_the_api(tmp_path: Path) -> None:
    keep(tmp_path, results())
    source = KeptFirst(Files(), kept_files(tmp_path, "prod", "job-1"))
    (tmp_path / "prod/job-1/output.jsonl").unlink()
    assert asyncio.run(read(source, "file-o")) == CONTENTS["file-o"]


def test_a_kept_file_may_be_too_large_too(tmp_path: Path) -> None:
    keep(tmp_path, results())
    source = KeptFirst(Files(), kept_files(tmp_path, "prod", "job-1"))
    with pytest.raises(TooLargeError):
        asyncio.run(read(source, "file-o", max_bytes=10))


def test_a_kept_file_that_can_not_be_read_is_an_error_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path, results())
    source = KeptFirst(Files(), kept_files(tmp_path, "prod", "job-1"))

    class Broken(io.BytesIO):
        def fileno(self) -> int:
            return 0

        def read(self, _size: int | None = -1, /) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def broken(descriptor: int, _mode: str) -> Broken:
        os.close(descriptor)
        return Broken()

    monkeypatch.setattr(os, "fdopen", broken)
    with pytest.raises(UnavailableError, match="Input/output error"):
        asyncio.run(read(source, "file-o"))


@pytest.mark.parametrize("said", ["", "[]", "{}", '{"files": 3}', '{"files": [3, {"kind": "x"}]}'])
def test_a_verdict_that_can_not_be_read_names_no_files(tmp_path: Path, said: str) -> None:
    keep(tmp_path, results())
    (tmp_path / "prod/job-1/verdict.json").write_text(said)
    assert kept_files(tmp_path, "prod", "job-1") == {}
