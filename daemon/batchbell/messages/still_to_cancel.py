"""Jobs that a digest leaves out, as they were told before, and that are still to be cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.messages.plain_text import local_times_near

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

#: What stands before their names.
LABEL = "Still to cancel"
#: So many have their names.
_NAMED = 5
#: What counts all others, and names them.
_ALL = "batchbell status"


class ToldBefore(NamedTuple):
    """A job whose readers were told of it, and that asks to be cancelled as it stands now."""

    #: What people call it.
    name: str
    #: Its deadline, which is ahead.
    due: datetime


def still_to_cancel(several: Sequence[ToldBefore], now: datetime, zone: tzinfo) -> str:
    """Return `legal-review (due 03:38), other (due 04:02 CET) and 2 more: batchbell status`.

    '' for none. They are in the order of their deadlines.
    """
    if not several:
        return ""
    named, more = several[:_NAMED], len(several) - _NAMED
    times = local_times_near(now, *(each.due for each in named), zone=zone)
    words = ", ".join(f"{each.name} (due {at})" for each, at in zip(named, times, strict=True))
    return f"{words} and {more} more: {_ALL}" if more > 0 else words
