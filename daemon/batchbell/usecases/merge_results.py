"""Make one result of a job and of those that sent its requests again."""

from __future__ import annotations

from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from batchbell.core.results.job_results import FileKind
from batchbell.core.results.merging import LinePlace, Merging
from batchbell.core.results.tally import MOST_REQUESTS
from batchbell.errors import ApiError, BatchbellError, UsageError
from batchbell.usecases.whole_file import whole_file
from batchbell.wire.lines import LineSplitter, placed_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from batchbell.core.job import BatchJob
    from batchbell.core.results.lines import ResultLine
    from batchbell.core.results.tally import Counted
    from batchbell.providers.port import ResultApi
    from batchbell.usecases.count_results import LineReader


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedJob:
    """One of the jobs, and who has its files."""

    job: BatchJob
    source: ResultApi


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What became of it."""

    #: Of all jobs together.
    counted: Counted
    #: How many lines were written of each.
    answers: int
    failures: int
    #: Where the failures are; there is no such file without any.
    errors: Path


def errors_path(target: Path) -> Path:
    """Return where what still failed goes: `merged.errors.jsonl` beside `merged.jsonl`."""
    return target.with_name(f"{target.stem}.errors{target.suffix}")


class ResultMerge:
    """Merges jobs; their result files are held on the disk, in files that have no name."""

    def __init__(self, lines: LineReader, *, max_bytes: int) -> None:
        """Ask nothing yet. A file larger than `max_bytes` can't be merged."""
        self._lines = lines
        self._max_bytes = max_bytes

    async def merge(self, jobs: Sequence[MergedJob], target: Path) -> Merged:
        """Write the best answer to each request of the first job's input, and what still failed.

        Both files are there whole or not at all. Raises `BatchbellError` for a file that can't be
        had, `OSError`.
        """
        merging = Merging()
        await self._take_input(jobs[0], merging)
        with ExitStack() as stack:
            files: list[BinaryIO] = []
            for number, job in enumerate(jobs):
                if number:
                    merging.begin_retry()
                for kind, file_id, add in _results(job.job, merging):
                    file = stack.enter_context(_nameless(target.parent))
                    await self._copy(job, kind, file_id, file.write)
                    files.append(file)
                    self._take(file, len(files) - 1, add)
            return _written(merging, files, target)

    async def _take_input(self, job: MergedJob, merging: Merging) -> None:
        if not job.job.input_file_id:
            raise BatchbellError(f"job {job.job.id} has no input file")
        splitter, read = LineSplitter(), self._lines.input_id

        def take(lines: Iterable[bytes | None]) -> None:
            for line in lines:
                merging.add_input(None if line is None else read(line))

        await self._copy(
            job, FileKind.INPUT, job.job.input_file_id, lambda piece: take(splitter.feed(piece))
        )
        take(splitter.close())
        if merging.result().counts.requests is None:
            raise BatchbellError(f"job {job.job.id} has more than {MOST_REQUESTS:,} requests")

    async def _copy(
        self, job: MergedJob, kind: FileKind, file_id: str, take: Callable[[bytes], object]
    ) -> None:
        content = job.source.file_content(file_id, max_bytes=self._max_bytes)
        try:
            async with aclosing(content) as pieces:
                async for piece in pieces:
                    take(piece)
        except (ApiError, UsageError) as error:
            raise BatchbellError(f"the {kind} file of job {job.job.id}: {error}") from error

    def _take(
        self,
        file: BinaryIO,
        number: int,
        add: Callable[[ResultLine | None, LinePlace], None],
    ) -> None:
        """Take the lines of the file with that number."""
        file.seek(0)
        read = self._lines.result_line
        for offset, line in placed_lines(file):
            place = LinePlace(number, offset, len(line or b""))
            add(None if line is None else read(line), place)


def _nameless(folder: Path) -> BinaryIO:
    return cast("BinaryIO", TemporaryFile(dir=folder))


def _results(
    job: BatchJob, merging: Merging
) -> Iterable[tuple[FileKind, str, Callable[[ResultLine | None, LinePlace], None]]]:
    """Yield the result files of a job in the order in which they are merged."""
    if job.output_file_id:
        yield FileKind.OUTPUT, job.output_file_id, merging.add_output
    if job.error_file_id:
        yield FileKind.ERRORS, job.error_file_id, merging.add_error


def _written(merging: Merging, files: Sequence[BinaryIO], target: Path) -> Merged:
    errors = errors_path(target)
    with whole_file(target) as answers_file:
        answers = _copied(merging.answers(), files, answers_file)
        failures = 0
        if any(True for _ in merging.failures()):
            with whole_file(errors) as errors_file:
                failures = _copied(merging.failures(), files, errors_file)
        else:
            # one of an earlier merge would say what is no longer so
            errors.unlink(missing_ok=True)
    return Merged(counted=merging.result(), answers=answers, failures=failures, errors=errors)


def _copied(places: Iterable[LinePlace], files: Sequence[BinaryIO], to: IO[bytes]) -> int:
    """Write the lines that stand there, and return how many."""
    count = 0
    for place in places:
        file = files[place.file]
        file.seek(place.offset)
        to.write(file.read(place.length) + b"\n")
        count += 1
    return count
