"""Counting a job's files, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.results.counts import Counts, Verdict, verdict_of

if TYPE_CHECKING:
    from batchbell.core.results.cause import Cause
    from batchbell.core.results.lines import ResultLine, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the lines of a job's files add up to."""

    counts: Counts
    verdict: Verdict
    #: None if no answer said how many.
    tokens: Tokens | None
    #: The most frequent first, `MOST_CAUSES` at most.
    causes: tuple[Cause, ...]


class Tally:
    """Counts the lines of a job's files: all of the input, then of the output, then of the errors.

    It holds no line: of each request its id and a few bytes.
    """

    def __init__(self, *, has_input: bool = True) -> None:
        """Without the input every id counts, and how many are missing is not known."""
        self._has_input = has_input

    def add_input(self, custom_id: str | None) -> None:
        """Take a line of the input; None is one that can't be read."""
        raise NotImplementedError

    def add_output(self, line: ResultLine | None) -> None:
        """Take a line of the output file."""
        raise NotImplementedError

    def add_error(self, line: ResultLine | None) -> None:
        """Take a line of the error file."""
        raise NotImplementedError

    def result(self, *, whole: bool = True) -> Counted:
        """Return what was counted; not `whole` if a result file could not be read to its end."""
        counts = Counts(missing=None if whole else 0)
        return Counted(counts=counts, verdict=verdict_of(counts), tokens=None, causes=())
