"""Count what came back of a job: its files are read through once, and nothing of them is kept."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol, TypeVar

from batchbell.core.redaction import MARK
from batchbell.core.results.collecting import to_be_read
from batchbell.core.results.job_results import FileKind, JobResults, ResultFile, ResultsState
from batchbell.core.results.judgement import Unread, has_to_wait, judged, waiting
from batchbell.core.results.masking import masked_within
from batchbell.core.results.tally import Tally
from batchbell.errors import ApiError, RateLimitedError, TooLargeError, UsageError
from batchbell.wire.lines import LineSplitter

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.results.lines import ResultLine
    from batchbell.providers.port import ResultApi


_T = TypeVar("_T")

#: The status of an answer that refuses the key for any file. Source: RFC 9110, section 15.5.2.
KEY_REFUSED = 401


class LineReader(Protocol):
    """Knows what the lines of a job's files say."""

    def input_id(self, line: bytes) -> str | None:
        """Return whose request a line of an input is, None for a line that can't be read."""

    def result_line(self, line: bytes) -> ResultLine | None:
        """Return what a line of an output or error file says, None for one that can't be read."""


class Aside(Protocol):
    """Where work is done that takes some milliseconds or more."""

    async def __call__(self, work: Callable[[], _T]) -> _T:
        """Do it, and return what it returns."""


async def at_once(work: Callable[[], _T]) -> _T:
    """Do it here and now: for those who have nothing else to do."""
    return work()


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedJob:
    """The files of a job, read as far as they could be."""

    results: JobResults
    tally: Tally
    #: Whether there was an input to compare with.
    has_input: bool
    #: Whether they were to be kept, and could not be.
    is_unkept: bool = False
    #: Whether the API refused it for who asked, not for what: it wants fewer calls, or another key.
    wants_rest: bool = False
    #: How long it wants no call, if it said so.
    retry_after: timedelta = timedelta()


class ResultCount:
    """Counts the results of jobs, one after the other."""

    def __init__(
        self,
        source: ResultApi,
        lines: LineReader,
        *,
        max_bytes: int,
        observe: Callable[[int], None],
        aside: Aside = at_once,
    ) -> None:
        """Ask nothing yet; `observe` gets what was read of a file so far, bytes.

        A file larger than `max_bytes` is not read to its end. `aside` is where pieces of files are
        looked at.
        """
        self._source = source
        self._lines = lines
        self._max_bytes = max_bytes
        self._observe = observe
        self._aside = aside

    async def count(self, job: BatchJob, *, account: str, now: datetime) -> CountedJob:
        """Read the job's files and count; what can't be had is said in the results, not raised.

        While a result file can't be had the results are `WAITING`. One that is too large, or can't
        be asked for, leaves the verdict unknown, and so does an input that can't be had.
        """
        results = to_be_read(job, account)
        if job.output_file_id or job.error_file_id:
            return await self.read(results, now)
        skipped = replace(
            results, state=ResultsState.SKIPPED, files=(), reason="it has no result file"
        )
        return CountedJob(results=skipped, tally=Tally(), has_input=False)

    async def read(
        self, results: JobResults, now: datetime, *, waits_for_input: bool = False
    ) -> CountedJob:
        """Do the same with the files that these results name, in their order.

        If it `waits_for_input`, the results are `WAITING` too while the input can't be had. What is
        behind a file that is waited for is not read.
        """
        found = _Found(files={file.kind: file for file in results.files})
        tally = Tally()
        await self._read(FileKind.INPUT, self._take_input(tally), found)
        has_input = FileKind.INPUT in found.files and FileKind.INPUT not in found.unread
        if not has_input:
            tally = Tally(has_input=False)
        takes = {
            FileKind.OUTPUT: self._take_output(tally),
            FileKind.ERRORS: self._take_error(tally),
        }
        for kind, take in takes.items():
            if not has_to_wait(found.unread, for_input=waits_for_input):
                await self._read(kind, take, found)
        results = replace(results, files=tuple(found.files.values()))
        if has_to_wait(found.unread, for_input=waits_for_input):
            results = waiting(results, found.unread)
        else:
            judge = partial(judged, results, tally, found.unread, has_input=has_input, now=now)
            results = await self._aside(judge)
        return CountedJob(
            results=results,
            tally=tally,
            has_input=has_input,
            wants_rest=found.wants_rest,
            retry_after=found.retry_after,
        )

    def _take_input(self, tally: Tally) -> Callable[[bytes | None], object]:
        read = self._lines.input_id
        return lambda line: tally.add_input(None if line is None else read(line))

    def _take_output(self, tally: Tally) -> Callable[[bytes | None], object]:
        read = self._lines.result_line
        return lambda line: tally.add_output(None if line is None else read(line))

    def _take_error(self, tally: Tally) -> Callable[[bytes | None], object]:
        read = self._lines.result_line
        return lambda line: tally.add_error(None if line is None else read(line))

    async def _read(
        self, kind: FileKind, take: Callable[[bytes | None], object], found: _Found
    ) -> None:
        """Read one file, if the job has it, and note what came of it."""
        file = found.files.get(kind)
        if file is None:
            return
        digest, size, splitter = sha256(), 0, LineSplitter()

        def look(piece: bytes) -> None:
            digest.update(piece)
            for line in splitter.feed(piece):
                take(line)

        def look_at_rest() -> None:
            for line in splitter.close():
                take(line)

        try:
            content = self._source.file_content(_askable(file.id), max_bytes=self._max_bytes)
            async with aclosing(content) as pieces:
                async for piece in pieces:
                    await self._aside(partial(look, piece))
                    size += len(piece)
                    self._observe(size)
        except (ApiError, UsageError) as error:
            found.note(file, error, self._max_bytes)
            return
        await self._aside(look_at_rest)
        found.files[kind] = replace(file, bytes=size, sha256=digest.hexdigest())


@dataclass(slots=True, kw_only=True)
class _Found:
    """What came of a job's files so far."""

    #: In the order in which they are read.
    files: dict[FileKind, ResultFile]
    unread: dict[FileKind, Unread] = field(default_factory=dict)
    wants_rest: bool = False
    retry_after: timedelta = timedelta()

    def note(self, file: ResultFile, error: ApiError | UsageError, max_bytes: int) -> None:
        """Note why a file was not read to its end."""
        why, words = Unread.NOT_YET, _said(error)
        if isinstance(error, TooLargeError):
            why, words = Unread.TOO_LARGE, f"larger than {max_bytes:,} bytes"
        elif isinstance(error, UsageError):
            why, words = Unread.NAMELESS, "not read, as its id can't be asked for"
        elif isinstance(error, RateLimitedError):
            self.wants_rest = True
            self.retry_after = timedelta(seconds=error.retry_after_seconds or 0.0)
        elif error.status_code == KEY_REFUSED:
            self.wants_rest = True
        self.unread[file.kind] = why
        self.files[file.kind] = replace(file, trouble=words)


def _said(error: ApiError | UsageError) -> str:
    """Return an error's words; of the API's own, which may quote a line, those of any error."""
    return masked_within(str(error), error.text if isinstance(error, ApiError) else "")


def _askable(file_id: str) -> str:
    """Return an id that was not changed here. Raises `UsageError` for one that was."""
    if MARK in file_id:
        raise UsageError("a secret was taken out of this file's id")
    return file_id
