"""A bar on the terminal for each file of a job that is read."""

from __future__ import annotations

from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

from batchbell.messages.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping

    from batchbell.providers.port import ResultApi


class FilesWithBars:
    """Has a job's files, and shows how much of each is there."""

    def __init__(
        self,
        source: ResultApi,
        names: Mapping[str, str],
        *,
        size_of: Callable[[str], Awaitable[int | None]],
    ) -> None:
        """`names` are what the files are called, by their ids.

        `size_of` says how many bytes a file is said to have in all; None if nobody knows.
        """
        self._source = source
        self._names = names
        self._size_of = size_of

    async def file_content(self, file_id: str, *, max_bytes: int) -> AsyncGenerator[bytes]:
        """Yield the bytes of a file, as the API's client does."""
        size = await self._size_of(file_id)
        content = self._source.file_content(file_id, max_bytes=max_bytes)
        with _bar(self._names.get(file_id, file_id), size) as advance:
            async with aclosing(content) as pieces:
                async for piece in pieces:
                    advance(len(piece))
                    yield piece


@contextmanager
def _bar(name: str, size: int | None) -> Iterator[Callable[[int], None]]:
    """Show a bar; yield what is told of each piece's bytes."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

    columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task(one_line(name), total=size)
        yield lambda more: progress.update(task, advance=more)
