"""How good an answer is."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.core.results.lines import ResultLine


class AnswerQuality(IntEnum):
    """What a request got, the better the higher."""

    NONE = 0
    EMPTY_AND_TRUNCATED = 1
    EMPTY = 2
    TRUNCATED = 3
    WHOLE = 4


EMPTY = frozenset({AnswerQuality.EMPTY_AND_TRUNCATED, AnswerQuality.EMPTY})
TRUNCATED = frozenset({AnswerQuality.EMPTY_AND_TRUNCATED, AnswerQuality.TRUNCATED})


def answer_of(line: ResultLine) -> AnswerQuality:
    """Return what an output's line is."""
    if not line.ok:
        return AnswerQuality.NONE
    if line.empty:
        return AnswerQuality.EMPTY_AND_TRUNCATED if line.truncated else AnswerQuality.EMPTY
    return AnswerQuality.TRUNCATED if line.truncated else AnswerQuality.WHOLE
