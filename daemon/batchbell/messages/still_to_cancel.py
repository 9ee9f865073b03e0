"""Jobs that a digest leaves out, as they were told before, and that are still to be cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.addresses import job_page
from batchbell.messages.fact import Fact, Role
from batchbell.messages.job_step import job_command
from batchbell.messages.plain_text import cut_middle, local_time_near, local_times_near

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo

#: What stands before their names.
LABEL = "Still to cancel, told before"
#: What stands before the commands for the first of those that are overdue, and of the others.
_OVERDUE = "Cancel what was due first"
_NEXT = "Cancel what is due next"
#: What stands before the command that names all.
_OTHERS = "See them all"
#: So many have their names.
_NAMED = 5
#: Longest name of one in a title, characters.
_NAME_CHARS = 40
#: What counts all others, and names them.
_ALL = "batchbell status"


class ToldBefore(NamedTuple):
    """A job whose readers were told of it, and that asks to be cancelled as it stands now."""

    #: What people call it.
    name: str
    #: Its deadline, which may be over: it runs on.
    due: datetime
    job_id: str = ""
    account: str = ""


class StillToCancel(NamedTuple):
    """All those, as far as they were looked at."""

    #: In the order of their deadlines.
    jobs: tuple[ToldBefore, ...] = ()
    #: Whether there were too many to look at each.
    may_be_more: bool = False

    @property
    def number(self) -> str:
        """How many there are: `6`, or `at least 6`."""
        return f"at least {len(self.jobs)}" if self.may_be_more else f"{len(self.jobs)}"

    def due_next(self, now: datetime) -> ToldBefore | None:
        """Return the one with the nearest deadline ahead: of that the most can be saved."""
        return next((job for job in self.jobs if job.due > now), None)

    def was_due_first(self, now: datetime) -> ToldBefore | None:
        """Return the one whose deadline is over for the longest: it may expire at any time."""
        return next((job for job in self.jobs if job.due <= now), None)


NOTHING = StillToCancel()


def still_to_cancel(found: StillToCancel, now: datetime, zone: tzinfo) -> str:
    """Return `legal-review (was due 03:02), other (due 04:02 CET) and 2 more`; '' for none."""
    if not found.jobs:
        return ""
    more, at_least = len(found.jobs) - _NAMED, "at least " if found.may_be_more else ""
    words = "".join(part for part, _ in _in_parts(found, now, zone, ""))
    return f"{words} and {at_least}{more} more" if more > 0 else words


def _in_parts(
    found: StillToCancel, now: datetime, zone: tzinfo, page_url: str
) -> Iterator[tuple[str, str]]:
    """Yield the names, each with its page's address, and between them when each is due."""
    named = found.jobs[:_NAMED]
    times = local_times_near(now, *(each.due for each in named), zone=zone)
    for place, (each, at) in enumerate(zip(named, times, strict=True), start=1):
        page = f"{page_url}/{job_page(each.account, each.job_id)}" if page_url else ""
        yield each.name, page
        yield f" ({_due(each, now)} {at}){', ' if place < len(named) else ''}", ""


def told_before(
    found: StillToCancel, now: datetime, zone: tzinfo, page_url: str = ""
) -> tuple[Fact, ...]:
    """Return all those, and what cancels the first that is overdue and the next; () for none.

    Their names lead to their pages; behind them stands the command that names the others, if there
    are more than have their names.
    """
    words = still_to_cancel(found, now, zone)
    begins = tuple(_in_parts(found, now, zone, page_url)) if page_url and words else ()
    facts = (
        Fact(LABEL, words, Role.NOTE, begins=begins),
        Fact(_OVERDUE, _command(found.was_due_first(now)), Role.COMMAND),
        Fact(_NEXT, _command(found.due_next(now)), Role.COMMAND),
        Fact(_OTHERS, _ALL if len(found.jobs) > _NAMED else "", Role.COMMAND),
    )
    return tuple(fact for fact in facts if fact.text)


def _command(job: ToldBefore | None) -> str:
    return "" if job is None else job_command("cancel", job.job_id)


def count_of_still_to_cancel(found: StillToCancel) -> str:
    """Return `still to cancel: 6`; '' for none."""
    return f"still to cancel: {found.number}" if found.jobs else ""


def first_of_still_to_cancel(found: StillToCancel, now: datetime, zone: tzinfo) -> str:
    """Return `still to cancel: 6, first knowledge-base (due 20:14 CET)`; '' for none."""
    if not found.jobs:
        return ""
    job = found.due_next(now) or found.jobs[0]
    first = f"{found.number}, first " if len(found.jobs) > 1 else ""
    return f"still to cancel: {first}{name_and_due(job, now, zone)}"


def number_with(found: StillToCancel, new: int) -> str:
    """Return how many there are with those that are told now: `9`, or `at least 9`."""
    at_least = "at least " if found.may_be_more else ""
    return f"{at_least}{len(found.jobs) + new}"


def name_and_due(job: ToldBefore, now: datetime, zone: tzinfo) -> str:
    """Return `knowledge-base (due 20:14 CET)`."""
    at = local_time_near(job.due, now, zone=zone)
    return f"{cut_middle(job.name, _NAME_CHARS)} ({_due(job, now)} {at})"


def _due(job: ToldBefore, now: datetime) -> str:
    return "due" if job.due > now else "was due"
