"""How good an answer is."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.core.results.lines import ResultLine


class Answer(IntEnum):
    """What a request got, the better the higher."""

    NONE = 0
    EMPTY_AND_TRUNCATED = 1
    EMPTY = 2
    TRUNCATED = 3
    WHOLE = 4


EMPTY = frozenset({Answer.EMPTY_AND_TRUNCATED, Answer.EMPTY})
TRUNCATED = frozenset({Answer.EMPTY_AND_TRUNCATED, Answer.TRUNCATED})


def answer_of(line: ResultLine) -> Answer:
    """Return what an output's line is."""
    if not line.ok:
        return Answer.NONE
    if line.empty:
        return Answer.EMPTY_AND_TRUNCATED if line.truncated else Answer.EMPTY
    return Answer.TRUNCATED if line.truncated else Answer.WHOLE
