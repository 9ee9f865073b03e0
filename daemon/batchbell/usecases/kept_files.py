"""A job's files from where they are kept, as far as they are; the others from the API."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from batchbell.core.results.job_results import FileKind
from batchbell.core.results.kept_names import VERDICT_NAME, kept_name, plain_name
from batchbell.errors import TooLargeError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping
    from pathlib import Path

    from batchbell.providers.port import ResultApi

_PIECE_BYTES = 262_144


def job_folder(folder: Path, account: str, job_id: str) -> Path:
    """Return where a job's files are kept."""
    return folder / plain_name(account) / plain_name(job_id)


def kept_files(folder: Path, account: str, job_id: str) -> dict[str, Path]:
    """Return which files of a job are kept, by their ids; none that can't be read.

    What is said of them stands beside them, so that no database is needed.
    """
    place = job_folder(folder, account, job_id)
    try:
        said = json.loads((place / VERDICT_NAME).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return dict(_kept(place, said))


def _kept(place: Path, said: object) -> Iterator[tuple[str, Path]]:
    files = cast("dict[str, Any]", said).get("files") if isinstance(said, dict) else None
    for file in files if isinstance(files, list) else ():
        if not isinstance(file, dict) or file.get("kind") not in set(FileKind):
            continue
        path = place / kept_name(FileKind(file["kind"]))
        size = size_of(path)
        if isinstance(file.get("id"), str) and size is not None and size == file.get("bytes"):
            yield file["id"], path


def size_of(path: Path | None) -> int | None:
    """Return how many bytes a kept file has; None if it is not there."""
    try:
        return None if path is None else path.lstat().st_size
    except OSError:
        return None


class KeptFirst:
    """Has files from the disk if they are kept, and from the API else."""

    def __init__(self, source: ResultApi, kept: Mapping[str, Path]) -> None:
        """`kept` are the files on the disk, by their ids."""
        self._source = source
        self._kept = kept

    async def file_content(self, file_id: str, *, max_bytes: int) -> AsyncGenerator[bytes]:
        """Yield the bytes of a file, as the API's client does."""
        file = _opened(self._kept.get(file_id))
        if file is None:
            async with aclosing(self._source.file_content(file_id, max_bytes=max_bytes)) as pieces:
                async for piece in pieces:
                    yield piece
            return
        with file:
            if os.fstat(file.fileno()).st_size > max_bytes:
                raise TooLargeError(f"the kept file has more than {max_bytes:,} bytes")
            try:
                while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
                    yield piece
            except OSError as error:
                raise UnavailableError(f"a kept file can't be read: {error.strerror}") from error


def _opened(path: Path | None) -> BinaryIO | None:
    """Open a kept file; None for one that is not kept, or that we may not read."""
    if path is None:
        return None
    try:
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
    except OSError:
        return None
