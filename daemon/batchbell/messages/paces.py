"""Paces in words, and what is left to do of a job by its deadline."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import NamedTuple

from batchbell.messages.plain_text import duration, percent

#: What two decimals can show, percent an hour; and what stands for less.
_SLOWEST = 0.01
_SLOWER = f"under {_SLOWEST}"
#: All of a job in a minute, fractions an hour; and what stands for more, which nothing can do.
_FASTEST = 60.0
_FASTER = f"over {_FASTEST * 100:,.0f}"
#: What stands between a number and its unit for readers, so that no line breaks there.
NO_BREAK = "\u00a0"
_PACE = re.compile(r"(\d+(?:\.\d+)?) %/h")
_HOUR = timedelta(hours=1)


class Need(NamedTuple):
    """What a deadline asks of a job."""

    #: `needs 62 %/h`, or `88.6% are left to do in 12m` where no pace is worth naming.
    text: str
    is_pace: bool

    @property
    def as_clause(self) -> str:
        """The same with a subject."""
        return f"it {self.text}" if self.is_pace else self.text


def need_of(done: float | None, left: timedelta | None) -> Need | None:
    """Return what a job needs of which so much is done; None if nobody knows, or nothing.

    More than all of it in an hour is no pace that anybody can imagine.
    """
    if done is None or left is None or left <= timedelta() or done >= 1:
        return None
    rate = (1 - done) / (left / _HOUR)
    if rate <= 1:
        return Need(f"needs {pace_words(rate)}", is_pace=True)
    rest = f"{percent(1 - done)} are" if done > 0 else "all of it is"
    return Need(f"{rest} left to do in {_in_minutes(left)}", is_pace=False)


def _in_minutes(left: timedelta) -> str:
    """Return `8m` of seven minutes and a half: nobody counts the seconds."""
    minute = timedelta(minutes=1)
    return duration(left if left < minute else round(left / minute) * minute)


def pace_words(rate: float) -> str:
    """Return "1,399 %/h", "12 %/h", "3.4 %/h" or "0.05 %/h" for a fraction an hour."""
    return f"{_pace_number(rate)}{NO_BREAK}%/h"


def _pace_number(rate: float) -> str:
    percent = rate * 100
    if percent < _SLOWEST:
        return _SLOWER
    if rate > _FASTEST:
        return _FASTER
    decimals = 0 if percent >= 10 else 1 if percent >= 1 else 2  # noqa: PLR2004 - two digits
    return f"{percent:,.{decimals}f}"


def stored_pace(rate: float) -> str:
    """Return the same as facts have it, for programs and in the log: "1399 %/h"."""
    return f"{_pace_number(rate)} %/h".replace(",", "")


def read_pace(words: str) -> float | None:
    """Return a rate that `stored_pace` puts into just these words; None if there is none."""
    for rate in (0.0, math.inf):
        if words == stored_pace(rate):
            return rate
    found = _PACE.fullmatch(words)
    if found is None:
        return None
    rate = float(found[1]) / 100
    # "10.0 %/h" was a little less than ten.
    return next((near for near in (rate, rate * (1 - 1e-9)) if stored_pace(near) == words), None)
