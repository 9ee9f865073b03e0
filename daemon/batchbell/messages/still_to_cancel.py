"""Jobs that a digest leaves out, as they were told before, and that are still to be cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.messages.plain_text import local_time_near, local_times_near

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

#: What stands before their names.
LABEL = "Still to cancel, told before"
#: So many have their names.
_NAMED = 5
#: What counts all others, and names them.
_ALL = "batchbell status"


class ToldBefore(NamedTuple):
    """A job whose readers were told of it, and that asks to be cancelled as it stands now."""

    #: What people call it.
    name: str
    #: Its deadline, which may be over: it runs on.
    due: datetime


class StillToCancel(NamedTuple):
    """All those, as far as they were looked at."""

    #: In the order of their deadlines.
    jobs: tuple[ToldBefore, ...] = ()
    #: Whether there were too many to look at each.
    may_be_more: bool = False


NOTHING = StillToCancel()


def still_to_cancel(found: StillToCancel, now: datetime, zone: tzinfo) -> str:
    """Return `legal-review (was due 03:02), other (due 04:02 CET) and 2 more: batchbell status`.

    '' for none.
    """
    if not found.jobs:
        return ""
    named, more = found.jobs[:_NAMED], len(found.jobs) - _NAMED
    times = local_times_near(now, *(each.due for each in named), zone=zone)
    words = ", ".join(
        f"{each.name} ({_due(each, now)} {at})" for each, at in zip(named, times, strict=True)
    )
    at_least = "at least " if found.may_be_more else ""
    return f"{words} and {at_least}{more} more: {_ALL}" if more > 0 else words


def first_of_still_to_cancel(found: StillToCancel, now: datetime, zone: tzinfo) -> str:
    """Return `still to cancel: 6, first knowledge-base (due 20:14 CET)`; '' for none."""
    if not found.jobs:
        return ""
    first_due, count = found.jobs[0], len(found.jobs)
    at_least = "at least " if found.may_be_more else ""
    first = f"{at_least}{count}, first " if count > 1 else ""
    at = local_time_near(first_due.due, now, zone=zone)
    return f"still to cancel: {first}{first_due.name} ({_due(first_due, now)} {at})"


def _due(job: ToldBefore, now: datetime) -> str:
    return "due" if job.due > now else "was due"
