"""Which requests are sent again."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from batchbell.core.results.answer import EMPTY, TRUNCATED, AnswerQuality

if TYPE_CHECKING:
    from collections.abc import Collection

    from batchbell.core.results.tally import Tally


class Include(StrEnum):
    """What became of a request; the names are a contract."""

    FAILED = "failed"
    MISSING = "missing"
    EMPTY = "empty"
    TRUNCATED = "truncated"


#: What is sent again where nobody says.
USUALLY = frozenset({Include.FAILED, Include.MISSING})


def is_sent_again(tally: Tally, custom_id: str, include: Collection[Include] = USUALLY) -> bool:
    """Whether a line of the input is to be sent again, once all files are counted.

    The input is read a second time for it, so that no line need be held.
    """
    answer = tally.answer(custom_id)
    if answer is AnswerQuality.NONE:
        return (Include.FAILED if tally.has_failed(custom_id) else Include.MISSING) in include
    return (answer in EMPTY and Include.EMPTY in include) or (
        answer in TRUNCATED and Include.TRUNCATED in include
    )
