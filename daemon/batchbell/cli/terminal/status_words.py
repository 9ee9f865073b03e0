"""The sentences of `status`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import Reason
from batchbell.messages.plain_text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from batchbell.messages.deeds import Deed
    from batchbell.store.views.status import Status


def summary(status: Status) -> str:
    """Return "3 running, 1 overdue; 2 ended in the last 24 h, 1 failure"; '' without any job.

    Failures that nobody acknowledged are counted behind that.
    """
    if not status.jobs and not status.hidden:
        return ""
    counts: Counter[str] = Counter()
    for item in status.jobs:
        finished, results = item.record.job.finished, status.results.get(item.key)
        standing = job_standing(item.record, status.now, results=results)
        counts["ended" if finished else "running"] += 1
        counts["overdue"] += standing.has(Reason.OVERDUE)
        counts["failures"] += finished and standing.severity is Severity.FAILURE
    running = _with_part(counts["running"], "running", counts["overdue"], "overdue")
    recently = "" if status.everything else " in the last 24 h"
    ended = f"{counts['ended']:,} ended{recently}"
    if counts["failures"]:
        ended = f"{ended}, {counted(counts['failures'], 'failure')}"
    unseen = len(status.open_failures)
    return f"{running}; {ended}" + (f"; {unseen:,} not acknowledged" if unseen else "")


def what_is_hidden(status: Status) -> str:
    """Say how many jobs are left out; '' if none is."""
    if not status.hidden:
        return ""
    return f"{counted(status.hidden, 'job')} ended over 24 h ago: batchbell status --all"


def more_words(status: Status, left: int) -> str:
    """Say how many jobs have no line, those that ended long ago among them."""
    old = f", and {status.hidden:,} that ended over 24 h ago" if status.hidden else ""
    return f"{left:,} more{old}: batchbell status --all"


def left_words(left: Sequence[tuple[str, str]], asked: Mapping[tuple[str, str], Deed]) -> str:
    """Say how many jobs have no line: "and 3 more to act on, 29 that need nobody"."""
    to_act = sum(key in asked for key in left)
    can_wait = len(left) - to_act
    parts = (
        f"{to_act:,} more to act on" if to_act else "",
        f"{can_wait:,} that {'needs' if can_wait == 1 else 'need'} nobody" if can_wait else "",
    )
    return f"and {', '.join(filter(None, parts))}"


def what_takes_failures_away(status: Status) -> str:
    """Say how a failure is acknowledged; '' if none needs a look."""
    if not status.open_failures:
        return ""
    return "To take a failure off this list: batchbell ack JOB_ID"


def no_jobs(status: Status) -> str:
    """Say what to expect when there is nothing to show yet; '' if there is."""
    if status.jobs or status.hidden:
        return ""
    if not status.accounts:
        return (
            "Nothing is watched yet: start batchbell run, and jobs appear after its first poll. "
            "batchbell doctor tells what is missing."
        )
    return "No batch jobs yet: one appears here at the first poll after it was created."


def _with_part(count: int, what: str, part: int, how: str) -> str:
    if not part:
        return f"{count:,} {what}"
    return f"{count:,} {what}, {part:,} {how}"
