"""Count what came back of a job: its files are read through once, and nothing of them is kept."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import FileKind, JobResults, ResultFile, ResultsState
from batchbell.core.results.tally import Tally
from batchbell.errors import ApiError, TooLargeError, UsageError
from batchbell.wire.lines import LineSplitter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.results.lines import ResultLine
    from batchbell.providers.port import ResultApi


class LineReader(Protocol):
    """Knows what the lines of a job's files say."""

    def input_id(self, line: bytes) -> str | None:
        """Return whose request a line of an input is, None for a line that can't be read."""

    def result_line(self, line: bytes) -> ResultLine | None:
        """Return what a line of an output or error file says, None for one that can't be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedJob:
    """The files of a job, read as far as they could be."""

    results: JobResults
    tally: Tally
    #: Whether there was an input to compare with.
    has_input: bool


class ResultCount:
    """Counts the results of one job."""

    def __init__(
        self,
        source: ResultApi,
        lines: LineReader,
        *,
        max_bytes: int,
        observe: Callable[[int], None],
    ) -> None:
        """Ask nothing yet; `observe` gets what was read of a file so far, bytes.

        A file larger than `max_bytes` is not read to its end.
        """
        self._source = source
        self._lines = lines
        self._max_bytes = max_bytes
        self._observe = observe

    async def count(self, job: BatchJob, *, account: str, now: datetime) -> CountedJob:
        """Read the job's files and count; what can't be had is said in the results, not raised.

        While a result file can't be had the results are `WAITING`. One that is too large leaves
        the verdict unknown, and so does an input that can't be had.
        """
        results = JobResults(
            account=account, job_id=job.id, status=job.status or "", state=ResultsState.SKIPPED
        )
        if not (job.output_file_id or job.error_file_id):
            reason = "it has no result file"
            return CountedJob(
                results=replace(results, reason=reason), tally=Tally(), has_input=False
            )
        tally = Tally()
        troubles: dict[FileKind, ApiError | UsageError] = {}
        take = self._take_input(tally)
        given = await self._read(FileKind.INPUT, job.input_file_id, take, troubles)
        has_input = given is not None and not troubles
        if not has_input:
            tally = Tally(has_input=False)
        take = self._take_output(tally)
        output = await self._read(FileKind.OUTPUT, job.output_file_id, take, troubles)
        take = self._take_error(tally)
        errors = await self._read(FileKind.ERRORS, job.error_file_id, take, troubles)
        results = replace(results, files=tuple(file for file in (given, output, errors) if file))
        results = _judged(results, tally, troubles, has_input=has_input, now=now)
        return CountedJob(results=results, tally=tally, has_input=has_input)

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
        self,
        kind: FileKind,
        file_id: str | None,
        take: Callable[[bytes | None], object],
        troubles: dict[FileKind, ApiError | UsageError],
    ) -> ResultFile | None:
        """Read one file, None if the job has none; note what kept it from being read whole."""
        if not file_id:
            return None
        file = ResultFile(kind=kind, id=file_id)
        digest, size, splitter = sha256(), 0, LineSplitter()
        try:
            content = self._source.file_content(file_id, max_bytes=self._max_bytes)
            async with aclosing(content) as pieces:
                async for piece in pieces:
                    digest.update(piece)
                    size += len(piece)
                    for line in splitter.feed(piece):
                        take(line)
                    self._observe(size)
        except (ApiError, UsageError) as error:
            troubles[kind] = error
            is_large = isinstance(error, TooLargeError)
            words = f"larger than {self._max_bytes:,} bytes" if is_large else str(error)
            return replace(file, trouble=words)
        for line in splitter.close():
            take(line)
        return replace(file, bytes=size, sha256=digest.hexdigest())


def _judged(
    results: JobResults,
    tally: Tally,
    troubles: Mapping[FileKind, ApiError | UsageError],
    *,
    has_input: bool,
    now: datetime,
) -> JobResults:
    missed = [
        file for file in results.files if file.kind in troubles and file.kind is not FileKind.INPUT
    ]
    for file in missed:
        if not isinstance(troubles[file.kind], TooLargeError):
            reason = f"the {file.kind} file can't be had: {file.trouble}"
            return replace(results, state=ResultsState.WAITING, reason=reason)
    counted = tally.result(whole=not missed)
    reasons = [f"the {file.kind} file is {file.trouble}" for file in missed]
    if not has_input:
        reasons.append("there is no input to compare with")
    return replace(
        results,
        state=ResultsState.COUNTED,
        verdict=counted.verdict,
        counts=counted.counts,
        tokens=counted.tokens,
        causes=counted.causes,
        reason="; ".join(reasons) if counted.verdict is Verdict.UNKNOWN else "",
        counted_at=now,
    )
