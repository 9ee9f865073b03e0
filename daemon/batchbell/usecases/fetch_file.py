"""A file of a job on this machine: whole under its name, or not there."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from batchbell.core.results.kept_names import plain_name
from batchbell.usecases.whole_file import whole_file

if TYPE_CHECKING:
    from pathlib import Path

    from batchbell.providers.port import ResultApi


def file_name(job_id: str, kind: str) -> str:
    """Return what a job's file of that kind is called; no id leads out of its folder."""
    return f"{plain_name(job_id)}.{kind}.jsonl"


async def fetch_file(source: ResultApi, file_id: str, target: Path, *, max_bytes: int) -> None:
    """Fetch a file; what has the name already is replaced by a whole one only.

    One larger than `max_bytes` is not fetched.
    Raises `ApiError`, `UsageError` or `OSError`.
    """
    content = source.file_content(file_id, max_bytes=max_bytes)
    with whole_file(target) as file:
        async with aclosing(content) as pieces:
            async for piece in pieces:
                file.write(piece)
