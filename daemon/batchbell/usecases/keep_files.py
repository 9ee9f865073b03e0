"""Keep a job's files on the disk: each whole under its name, or not there."""

from __future__ import annotations

import asyncio
import fcntl
import os
import stat
from contextlib import aclosing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from batchbell.core.results.kept_names import PART, VERDICT_NAME, kept_name
from batchbell.errors import KeepError
from batchbell.json_views.results import results_json
from batchbell.json_views.writing import document
from batchbell.usecases.kept_files import job_folder

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping
    from pathlib import Path

    from batchbell.core.results.job_results import JobResults
    from batchbell.providers.port import ResultApi

_FILE_MODE, _FOLDER_MODE = 0o600, 0o700
_AS_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_AS_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class FileKeeper:
    """Keeps the files of one end of a job, in `folder/ACCOUNT/JOB_ID`."""

    def __init__(self, folder: Path, results: JobResults) -> None:
        """Write nothing yet; `results` name the files."""
        self._folder = folder
        self._place = job_folder(folder, results.account, results.job_id)
        self._names = {file.id: kept_name(file.kind) for file in results.files}

    def reading(self, source: ResultApi) -> ResultApi:
        """Return what has the files from the API, and keeps them as they come."""
        return _Keeping(source, self, self._names)

    def finish(self, results: JobResults) -> JobResults:
        """Keep the verdict too; return the results with where their files are.

        Raises `KeepError`.
        """
        files = tuple(
            replace(file, path=str(self._place / self._names[file.id]))
            if file.sha256 and not file.trouble
            else file
            for file in results.files
        )
        kept = replace(results, files=files)
        with self._told(), self._part(VERDICT_NAME) as (place, file):
            file.write(document(results_json(kept)).encode() + b"\n")
            _name(place, file, VERDICT_NAME)
        return kept

    @contextmanager
    def keeping(self, name: str) -> Iterator[_Part]:
        """Open a file of that name; it has it once it is whole. Raises `KeepError`."""
        with self._told(), self._part(name) as (place, file):
            yield _Part(place, file, name)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise KeepError(f"it can't be kept in {self._folder}: {reason}") from error

    @contextmanager
    def _part(self, name: str) -> Iterator[tuple[int, BinaryIO]]:
        """Open the folder of the job, and in it a new file that does not have its name yet."""
        with _opened(self._folder, self._place.relative_to(self._folder).parts) as place:
            _remove(name + PART, place)
            with os.fdopen(os.open(name + PART, _AS_NEW, _FILE_MODE, dir_fd=place), "wb") as file:
                try:
                    yield place, file
                except BaseException:
                    _remove(name + PART, place)
                    raise


class _Part:
    """A file that does not have its name yet."""

    def __init__(self, place: int, file: BinaryIO, name: str) -> None:
        self._place = place
        self._file = file
        self._name = name

    def write(self, piece: bytes) -> None:
        self._file.write(piece)

    def finish(self) -> None:
        # What an older verdict says is not of this file.
        _remove(VERDICT_NAME, self._place)
        _name(self._place, self._file, self._name)


class _Keeping:
    """Has files from the API and keeps them."""

    def __init__(self, source: ResultApi, keeper: FileKeeper, names: Mapping[str, str]) -> None:
        self._source = source
        self._keeper = keeper
        self._names = names

    async def file_content(self, file_id: str, *, max_bytes: int) -> AsyncGenerator[bytes]:
        content = self._source.file_content(file_id, max_bytes=max_bytes)
        with self._keeper.keeping(self._names[file_id]) as part:
            async with aclosing(content) as pieces:
                async for piece in pieces:
                    await asyncio.to_thread(part.write, piece)
                    yield piece
            await asyncio.to_thread(part.finish)


@contextmanager
def _opened(folder: Path, steps: tuple[str, ...]) -> Iterator[int]:
    """Open a folder below `folder`, made if it is not there, without following any link."""
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for step in steps:
            outer, place = place, _entered(place, step)
            os.close(outer)
        # One process at a time: each would take the other's part for its own.
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield place
    finally:
        os.close(place)


def _entered(outer: int, step: str) -> int:
    try:
        os.mkdir(step, _FOLDER_MODE, dir_fd=outer)
    except FileExistsError:
        pass
    else:
        os.fsync(outer)
    place = os.open(step, _AS_FOLDER, dir_fd=outer)
    found = os.fstat(place)
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o022:
        os.close(place)
        raise PermissionError(f"others may write to its folder {step}")
    return place


def _remove(name: str, place: int) -> None:
    try:
        os.unlink(name, dir_fd=place)
    except FileNotFoundError:
        return


def _name(place: int, file: BinaryIO, name: str) -> None:
    """Give a whole file its name, which outlives a power loss from then on."""
    file.flush()
    os.fsync(file.fileno())
    os.replace(name + PART, name, src_dir_fd=place, dst_dir_fd=place)
    os.fsync(place)
