"""Why a message was given up, in the words that are kept with it, and what they say of the rest."""

from __future__ import annotations

import re
from datetime import timedelta

from batchbell.core.delivery.backoff import GIVE_UP_AFTER

#: Its channel is not configured any more.
CHANNEL_REMOVED = "channel removed"
#: What stands before the last answer where that alone was no reason to give up.
_GAVE_UP = re.compile(r"gave up after \d+ (?P<unit>h|attempts): ")


def after_attempts(failures: int, answer: str) -> str:
    """Return why a message is given up that failed so often for its own sake."""
    return f"gave up after {failures} attempts: {answer}"


def after_time(answer: str) -> str:
    """Return why one is given up that failed for reasons that pass, for too long."""
    return f"gave up after {GIVE_UP_AFTER // timedelta(hours=1)} h: {answer}"


def last_answer(reason: str) -> str:
    """Return what its receiver answered last; '' of one whose channel was removed."""
    return "" if reason == CHANNEL_REMOVED else _GAVE_UP.sub("", reason, count=1)


def is_refused(reason: str) -> bool:
    """Whether its receiver refused it, so that it is refused again unless something is repaired.

    What failed for reasons that pass, or has lost its channel, can be sent again as it is.
    """
    found = _GAVE_UP.match(reason)
    is_old = found is not None and found["unit"] == "h"
    return reason not in {"", CHANNEL_REMOVED} and not is_old
