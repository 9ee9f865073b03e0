"""A file of a job on this machine: whole under its name, or not there."""

from __future__ import annotations

import os
from contextlib import aclosing, contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from batchbell.providers.port import ResultApi

#: The largest file that is fetched, unpacked, bytes.
MAX_BYTES = 10**9


def file_name(job_id: str, kind: str) -> str:
    """Return what a job's file of that kind is called; no id leads out of its folder."""
    return f"{quote(job_id, safe='').replace('~', '%7E')}.{kind}.jsonl"


async def fetch_file(
    source: ResultApi, file_id: str, target: Path, *, observe: Callable[[int], None]
) -> None:
    """Fetch a file; what has the name already is replaced by a whole one only.

    `observe` gets the bytes written so far. Raises `ApiError`, `UsageError` or `OSError`.
    """
    with whole_file(target) as file:
        await _write(source, file_id, file.write, observe)


@contextmanager
def whole_file(target: Path) -> Iterator[IO[bytes]]:
    """Open a file that gets its name when the block has ended well, and else is gone."""
    descriptor, name = mkstemp(dir=target.parent, prefix=".fetch-", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


async def _write(
    source: ResultApi,
    file_id: str,
    write: Callable[[bytes], object],
    observe: Callable[[int], None],
) -> None:
    written = 0
    async with aclosing(source.file_content(file_id, max_bytes=MAX_BYTES)) as pieces:
        async for piece in pieces:
            write(piece)
            written += len(piece)
            observe(written)


def _sync_folder(folder: Path) -> None:
    """Make the new name outlive a power loss."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
