"""That a running job is late, in a few words: the same on the page and in `status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.deadline import armed
from batchbell.core.forecast.expectation import MISSING, Expectation
from batchbell.messages.deadline_words import still_words
from batchbell.messages.plain_text import roughly

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


def overdue_words(found: Prospect) -> str:
    """Return "about 4h 30m late, may expire at any time" of a job whose deadline is over.

    Of one that stands still nobody knows how late it will be: "no progress for 8h, may ...".
    """
    late = "" if found.late_by is None else f"about {roughly(found.late_by)} late"
    has_come = late if found.still_for is None else still_words(found.still_for)
    return ", ".join(filter(None, (has_come, "may expire at any time")))
