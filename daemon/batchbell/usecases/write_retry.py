"""The requests of a job to send again, as a file: the input's own lines, byte for byte."""

from __future__ import annotations

from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from batchbell.core.results.selection import is_sent_again
from batchbell.errors import BatchbellError
from batchbell.usecases.whole_file import whole_file
from batchbell.wire.lines import LineSplitter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from batchbell.core.results.selection import Include
    from batchbell.providers.port import ResultApi
    from batchbell.usecases.count_results import CountedJob, LineReader


class NothingToSendError(BatchbellError):
    """No request of the job is to be sent again; the text says why, '' if all came back."""


class TakenError(BatchbellError):
    """Something has the name already that nobody asked to be replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """What is to be sent again."""

    include: Collection[Include]
    #: Whether those stay out that fail again unless they are repaired.
    skips_repair: bool = False
    #: The largest input that is read, bytes.
    max_bytes: int
    #: Whether a file that is there already is replaced.
    may_replace: bool = True


@dataclass(slots=True, kw_only=True)
class Written:
    """What was written."""

    #: Lines in the file.
    requests: int = 0
    #: Lines that fail again unless they are repaired: in the file, or left out of it.
    need_repair: int = 0
    #: Of those in the file the numbers of their lines there, by the cause's code and message.
    lines_to_repair: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    #: Whether a file had its name before.
    replaces: bool = False


async def write_retry(
    source: ResultApi,
    lines: LineReader,
    input_id: str,
    read: CountedJob,
    target: Path,
    retry: Retry,
) -> Written:
    """Write the lines in the input's order, and return how many; the file is there whole or not.

    Raises `NothingToSendError`, `TakenError`, `ApiError`, `UsageError` or `OSError`.
    """
    written = _begun(target)
    with _named(target, may_replace=retry.may_replace) as file:
        splitter = LineSplitter()
        content = source.file_content(input_id, max_bytes=retry.max_bytes)

        def keep(line: bytes | None) -> None:
            custom_id = None if line is None else lines.input_id(line)
            if line is None or custom_id is None:
                return
            if not is_sent_again(read.tally, custom_id, retry.include):
                return
            cause = read.tally.to_repair(custom_id)
            written.need_repair += cause is not None
            if cause is not None and retry.skips_repair:
                return
            file.write(line + b"\n")
            written.requests += 1
            if cause is not None:
                written.lines_to_repair.setdefault(cause, []).append(written.requests)

        async with aclosing(content) as pieces:
            async for piece in pieces:
                for line in splitter.feed(piece):
                    keep(line)
        for line in splitter.close():
            keep(line)
        if not written.requests:
            raise NothingToSendError(
                "what failed needs repair first" if written.need_repair else ""
            )
    return written


def _begun(target: Path) -> Written:
    return Written(replaces=target.exists())


@contextmanager
def _named(target: Path, *, may_replace: bool) -> Iterator[IO[bytes]]:
    """Open the file; that its name is taken is told when it is whole, not if nothing is in it."""
    try:
        with whole_file(target, may_replace=may_replace) as file:
            yield file
    except FileExistsError as error:
        raise TakenError(str(target)) from error


async def write_whole_input(
    source: ResultApi, input_id: str, target: Path, *, max_bytes: int, may_replace: bool = True
) -> Written:
    """Write all of a job's input as it is, lines that nobody can read among them.

    It is for a job of which nothing came back. Raises as `write_retry`.
    """
    written, splitter = _begun(target), LineSplitter()
    with _named(target, may_replace=may_replace) as file:
        async with aclosing(source.file_content(input_id, max_bytes=max_bytes)) as pieces:
            async for piece in pieces:
                file.write(piece)
                written.requests += sum(1 for _ in splitter.feed(piece))
        written.requests += sum(1 for _ in splitter.close())
        if not written.requests:
            raise NothingToSendError("its input is empty")
    return written
