"""Making one result of a job and those that sent its requests again."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.results.answer import AnswerQuality, answer_of
from batchbell.core.results.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.results.lines import ResultLine
    from batchbell.core.results.tally import Counted


class LinePlace(NamedTuple):
    """Where a line stands, so that it need not be held."""

    #: Which of the files, as the caller counts them.
    file: int
    #: The line's first byte.
    offset: int
    #: In bytes, without its end.
    length: int


class _Places:
    """The chosen line of each request."""

    def __init__(self) -> None:
        self._files = array("i")
        self._offsets = array("q")
        self._lengths = array("q")

    def choose(self, number: int, place: LinePlace) -> None:
        while len(self._files) <= number:
            self._files.append(-1)
            self._offsets.append(0)
            self._lengths.append(0)
        self._files[number] = place.file
        self._offsets[number] = place.offset
        self._lengths[number] = place.length

    def __getitem__(self, number: int) -> LinePlace | None:
        if number >= len(self._files) or self._files[number] < 0:
            return None
        return LinePlace(self._files[number], self._offsets[number], self._lengths[number])


class Merging:
    """Chooses the best answer to each request of the first job's input, by its place.

    Take the input, then output and errors of the first job, then `begin_retry` and those of the
    next. Of two equally good answers the later one is chosen, of failures the later job's, and of
    one job's the error file's first. Ids outside the input are counted and left out.
    """

    def __init__(self) -> None:
        self._tally = Tally()
        self._answers = _Places()
        self._failures = _Places()
        self._best = bytearray()
        self._has_error_of_job = bytearray()

    def add_input(self, custom_id: str | None) -> None:
        """Take a line of the first job's input."""
        self._tally.add_input(custom_id)

    def add_output(self, line: ResultLine | None, place: LinePlace) -> None:
        """Take a line of an output file, and where it stands."""
        number = self._tally.add_output(line)
        if line is None or number is None:
            return
        self._make_room(number)
        answer = answer_of(line)
        if answer is AnswerQuality.NONE:
            self._failures.choose(number, place)
        elif answer >= self._best[number]:
            self._best[number] = answer
            self._answers.choose(number, place)

    def add_error(self, line: ResultLine | None, place: LinePlace) -> None:
        """Take a line of an error file, and where it stands."""
        number = self._tally.add_error(line)
        if number is None:
            return
        self._make_room(number)
        if not self._has_error_of_job[number]:
            self._has_error_of_job[number] = 1
            self._failures.choose(number, place)

    def begin_retry(self) -> None:
        """Go on with the next job's output and errors."""
        self._tally.begin_retry()
        self._has_error_of_job = bytearray(len(self._has_error_of_job))

    def answers(self) -> Iterator[LinePlace]:
        """Yield where the chosen answers stand, in the input's order."""
        for number in range(len(self._tally)):
            place = self._answers[number]
            if place is not None:
                yield place

    def failures(self) -> Iterator[LinePlace]:
        """Yield where the errors of requests without an answer stand, in the input's order."""
        for number in range(len(self._tally)):
            place = self._failures[number]
            if place is not None and self._answers[number] is None:
                yield place

    def result(self, *, whole: bool = True) -> Counted:
        """Return what was counted of all jobs together."""
        return self._tally.result(whole=whole)

    def _make_room(self, number: int) -> None:
        more = number + 1 - len(self._best)
        if more > 0:
            self._best.extend(bytes(more))
            self._has_error_of_job.extend(bytes(more))
