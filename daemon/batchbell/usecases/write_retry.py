"""The requests of a job to send again, as a file: the input's own lines, byte for byte."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.results.selection import is_sent_again
from batchbell.errors import BatchbellError
from batchbell.usecases.whole_file import whole_file
from batchbell.wire.lines import LineSplitter

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from batchbell.core.results.selection import Include
    from batchbell.providers.port import ResultApi
    from batchbell.usecases.count_results import CountedJob, LineReader


class NothingToSendError(BatchbellError):
    """No request of the job is to be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """What is to be sent again."""

    include: Collection[Include]
    #: The largest input that is read, bytes.
    max_bytes: int


async def write_retry(
    source: ResultApi,
    lines: LineReader,
    input_id: str,
    read: CountedJob,
    target: Path,
    retry: Retry,
) -> int:
    """Write the lines in the input's order, and return how many; the file is there whole or not.

    Raises `NothingToSendError`, `ApiError`, `UsageError` or `OSError`.
    """
    written = 0
    with whole_file(target) as file:
        splitter = LineSplitter()
        content = source.file_content(input_id, max_bytes=retry.max_bytes)

        def keep(line: bytes | None) -> int:
            if line is None:
                return 0
            custom_id = lines.input_id(line)
            if custom_id is None or not is_sent_again(read.tally, custom_id, retry.include):
                return 0
            file.write(line + b"\n")
            return 1

        async with aclosing(content) as pieces:
            async for piece in pieces:
                written += sum(map(keep, splitter.feed(piece)))
        written += sum(map(keep, splitter.close()))
        if not written:
            raise NothingToSendError("there is nothing to send again")
    return written
