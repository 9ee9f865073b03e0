"""Keep a job's files on the disk: each whole under its name, or not there."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import stat
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from batchbell.core.results.kept_names import PART, VERDICT_NAME, kept_name
from batchbell.errors import KeepError
from batchbell.json_views.results import results_json
from batchbell.json_views.writing import document
from batchbell.usecases.kept_files import KeptFirst, job_folder, kept_files, size_of
from batchbell.usecases.whole_file import sync_names

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path

    from batchbell.core.results.job_results import JobResults
    from batchbell.providers.port import ResultApi

_FILE_MODE, _FOLDER_MODE = 0o600, 0o700
_AS_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: What a file system says that has no such lock. Source: flock(2), and its notes on NFS.
_NO_LOCKS = frozenset({errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
_AS_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class FileKeeper:
    """Keeps the files of one end of a job, in `folder/ACCOUNT/JOB_ID`.

    What is known of them stands beside them from the first one on: what an earlier attempt has kept
    is not asked for again.
    """

    def __init__(self, folder: Path, results: JobResults) -> None:
        """Write nothing yet; `results` name the files."""
        self._folder = folder
        self._place = job_folder(folder, results.account, results.job_id)
        self._results = results
        self._kept = kept_files(folder, results.account, results.job_id)
        self._has_begun = False

    def reading(self, source: ResultApi) -> ResultApi:
        """Return what has the files from the API, and keeps them as they come."""
        return KeptFirst(_Keeping(source, self), self._kept)

    def finish(self, results: JobResults) -> JobResults:
        """Keep the verdict too, if there is one; return the results with where their files are.

        Raises `KeepError`.
        """
        files = (
            replace(file, path=str(self._kept[file.id])) if file.id in self._kept else file
            for file in results.files
        )
        kept = replace(results, files=tuple(files))
        if self._has_begun:
            self._say(kept)
        return kept

    @contextmanager
    def keeping(self, file_id: str) -> Iterator[Part]:
        """Open a file that has its name once it is whole. Raises `KeepError`."""
        kind = next(file.kind for file in self._results.files if file.id == file_id)
        if not self._has_begun:
            self._begin()
        with self._part(kept_name(kind)) as part:
            yield part
        self._kept[file_id] = self._place / kept_name(kind)

    def _begin(self) -> None:
        """Say which files are kept already: what is said of others is no longer so."""
        files = (
            replace(file, bytes=size_of(self._kept.get(file.id))) for file in self._results.files
        )
        self._say(replace(self._results, files=tuple(files)))
        self._has_begun = True

    def _say(self, results: JobResults) -> None:
        with self._part(VERDICT_NAME) as part:
            part.write(document(results_json(results)).encode() + b"\n")
            part.finish()

    @contextmanager
    def _part(self, name: str) -> Iterator[Part]:
        """Open the folder of the job, and in it a new file that does not have its name yet."""
        steps = self._place.relative_to(self._folder).parts
        try:
            with _opened(self._folder, steps) as place:
                _remove(name + PART, place)
                descriptor = os.open(name + PART, _AS_NEW, _FILE_MODE, dir_fd=place)
                with os.fdopen(descriptor, "wb") as file:
                    try:
                        yield Part(place, file, name)
                    except BaseException:
                        _remove(name + PART, place)
                        raise
        except OSError as error:
            reason = error.strerror or str(error)
            raise KeepError(f"it can't be kept in {self._folder}: {reason}") from error


class Part:
    """A file that does not have its name yet."""

    def __init__(self, place: int, file: BinaryIO, name: str) -> None:
        self._place = place
        self._file = file
        self._name = name

    def write(self, piece: bytes) -> None:
        """Add to the file."""
        self._file.write(piece)

    def finish(self) -> None:
        """Give the file its name, as it is whole; a power loss changes nothing from then on."""
        self._file.flush()
        os.fsync(self._file.fileno())
        os.replace(self._name + PART, self._name, src_dir_fd=self._place, dst_dir_fd=self._place)
        sync_names(self._place)


class _Keeping:
    """Has files from the API and keeps them."""

    def __init__(self, source: ResultApi, keeper: FileKeeper) -> None:
        self._source = source
        self._keeper = keeper

    async def file_content(self, file_id: str, *, max_bytes: int) -> AsyncGenerator[bytes]:
        content = self._source.file_content(file_id, max_bytes=max_bytes)
        with ExitStack() as stack:
            keeping = self._keeper.keeping(file_id)
            part = await asyncio.to_thread(stack.enter_context, keeping)
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
        _lock(place)
        yield place
    finally:
        os.close(place)


def _lock(place: int) -> None:
    """Let one process at a time write there: each would take the other's part for its own.

    A network's file system may have no locks on folders: then the claims in the database are all
    there is.
    """
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


def _entered(outer: int, step: str) -> int:
    try:
        os.mkdir(step, _FOLDER_MODE, dir_fd=outer)
    except FileExistsError:
        pass
    else:
        sync_names(outer)
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
