"""Whether a running job was told to be late, in a word: the same on the page and in `status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.deadline import armed
from batchbell.core.forecast.expectation import MISSING, Expectation

if TYPE_CHECKING:
    from batchbell.core.forecast.expectation import Prospect
    from batchbell.core.snapshot import JobRecord

#: Of a job that may still be in time.
MAY_BE_LATE = "may be late"
#: As sure as the messages about it are.
_WORDS = {
    Expectation.MAY_MISS: MAY_BE_LATE,
    Expectation.PROBABLY_MISSES: "will probably be late",
    Expectation.MISSES: "will be late",
}


def late_word(record: JobRecord, found: Prospect) -> str:
    """Return "may be late" or "will be late" of a job whose forecast is; '' of any other.

    '' also until a warning of its deadline was due: then messages say so.
    """
    known = armed(record)
    if known is None or known.told_step is None or found.expectation not in MISSING:
        return ""
    return _WORDS.get(found.expectation, MAY_BE_LATE)
