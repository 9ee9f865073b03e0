"""`Mix`: what becomes of a job's requests, each by its number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: A step through the thousand that spreads neighbours wide and meets each number once.
_STRIDE = 377


class Fate(StrEnum):
    """What becomes of one request."""

    ANSWERED = "answered"
    #: Answered with no text.
    EMPTY = "empty"
    #: Answered, and cut at `max_tokens`.
    TRUNCATED = "truncated"
    #: A line of the error file.
    FAILED = "failed"
    #: In neither file.
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """How many in a thousand requests fare other than well."""

    #: Counts only in a job with an error file.
    failed: int = 25
    missing: int = 0
    empty: int = 0
    truncated: int = 0

    def fate(self, number: int) -> Fate:
        """Return what becomes of a request (from 1 on): the first of a job fails, if any does."""
        place = (number - 1) * _STRIDE % 1000
        for share, fate in (
            (self.failed, Fate.FAILED),
            (self.missing, Fate.MISSING),
            (self.empty, Fate.EMPTY),
            (self.truncated, Fate.TRUNCATED),
        ):
            if place < share:
                return fate
            place -= share
        return Fate.ANSWERED


#: A job like most: a few failures if it has an error file, else none.
USUAL = Mix()
