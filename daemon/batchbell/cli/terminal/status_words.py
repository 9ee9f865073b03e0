"""The sentences of `status`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from batchbell.cli.terminal.phrases import ago
from batchbell.cli.terminal.readers_clock import clock_to_the_second
from batchbell.core.event import Severity
from batchbell.core.standing.jobs import FAILURE_NEEDS_A_LOOK, job_standing
from batchbell.core.standing.reasons import Reason
from batchbell.messages.deeds import cancelling_keeps, is_to_act_on
from batchbell.messages.plain_text import counted, duration
from batchbell.store.views.older_ends import REMEMBERED_FOR

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from batchbell.core.provider import ProviderWords
    from batchbell.messages.deeds import Deed
    from batchbell.store.views.status import Status

#: What has the commands for a job.
HOW = "How: batchbell show JOB_ID"
_EVERYTHING = "batchbell status --all"
_ACK = "To take what has ended off this list: batchbell ack JOB_ID"


def summary(status: Status) -> str:
    """Return "3 running; 2 ended in 24 h, 1 failure, 1 without ack"; '' without any job."""
    return next(summaries(status))


def summaries(status: Status) -> Iterator[str]:
    """Yield the same, and what gives way in it where there is less room, the longest first."""
    if not status.jobs and not status.hidden:
        yield ""
        return
    counts: Counter[str] = Counter()
    for item in status.jobs:
        finished, results = item.record.job.finished, status.results.get(item.key)
        standing = job_standing(item.record, status.now, results=results)
        counts["ended" if finished else "running"] += 1
        counts["overdue"] += standing.has(Reason.OVERDUE)
        counts["failures"] += finished and standing.severity is Severity.FAILURE
    running = _with_part(counts["running"], "running", counts["overdue"], "overdue")
    recently = "" if status.everything else " in 24 h"
    # One that ended longer ago, and was seen since, is counted with the older ones.
    unseen = sum(item.key in status.open_failures for item in status.jobs)
    parts = (
        f"{counts['ended']:,} ended{recently}",
        counted(counts["failures"], "failure") if counts["failures"] else "",
        f"{unseen:,} without ack" if unseen else "",
    )
    for count in range(len(parts), 0, -1):
        yield f"{running}; {', '.join(filter(None, parts[:count]))}"
    yield running


def clocks(status: Status) -> Iterator[str]:
    """Yield "03:14:22 CET, polled 3s ago", then the time alone: a screen that hangs has an old one.

    Of several accounts it is the poll that is longest ago; one that fails is told of elsewhere.
    """
    time = clock_to_the_second(status.now)
    states = [view.state for view in status.accounts if view.state.is_watched]
    states = [each for each in states if each.health.failing_since is None] or states
    polls = [each.last_good_poll_at for each in states]
    known = [at for at in polls if at is not None]
    polled = f"polled {ago(min(known), status.now)}" if known else "not polled yet"
    yield f"{time}, {polled}"
    yield time


def what_is_hidden(status: Status) -> str:
    """Say how many jobs are left out; '' if none is."""
    if not status.hidden:
        return ""
    to_act = _older_to_act_on(status)
    ended = f"{counted(status.hidden, 'job')} ended over 24 h ago"
    told = f"{counted(status.hidden, 'older job')}{to_act}" if to_act else ended
    return f"{told}: {_EVERYTHING}"


def more_words(status: Status, left: int, *, ask: bool) -> str:
    """Say how many jobs have no line, and of older ones how many; `ask` if some of them do."""
    to_act = _older_to_act_on(status)
    old = f"; {status.hidden:,} ended over 24 h ago" if status.hidden else ""
    old = f"; {status.hidden:,} older{to_act}" if to_act else old
    calm = "" if ask else f" {'asks' if left == 1 else 'ask'} for nothing"
    return f"{left:,} more{calm}{old}: {_EVERYTHING}"


def _older_to_act_on(status: Status) -> str:
    """Return ", 4 of them to act on", of what is left out; '' if none is."""
    to_act = status.older_to_act_on
    if not to_act:
        return ""
    if to_act == status.hidden:
        return " still to act on"
    return f", {to_act:,} of them to act on"


def left_words(
    left: Sequence[tuple[str, str]], asked: Mapping[tuple[str, str], Deed], older: int
) -> str:
    """Say how many jobs have no line: "and 3 more to act on, 4 older ones, 29 that can wait".

    The `older` are those to act on too that ended long ago.
    """
    to_act = sum(is_to_act_on(asked.get(key)) for key in left)
    can_wait = len(left) - to_act
    parts = (
        f"{to_act:,} more to act on" if to_act else "",
        _older_too(older, is_first=not to_act),
        f"{can_wait:,} that can wait" if can_wait else "",
    )
    return f"and {', '.join(filter(None, parts))}"


def _older_too(older: int, *, is_first: bool) -> str:
    if not older:
        return ""
    return f"{older:,} older to act on" if is_first else f"{older:,} older ones"


def how_words(asked: Collection[Deed], provider: ProviderWords) -> str:
    """Say what has the commands for what is asked for, and what cancelling costs."""
    if not asked:
        return ""
    return f"{HOW} has the commands. {cancelling_keeps(asked, provider)}".rstrip()


def what_leaves(status: Status, asked: Mapping[tuple[str, str], Deed]) -> str:
    """Say how ends that ask for something leave the list; '' if none does."""
    ended = {item.key for item in status.jobs if item.record.job.finished and item.key in asked}
    if not ended:
        return ""
    if status.everything:
        return f"{_ACK}. By itself nothing asks for it after {duration(REMEMBERED_FOR)}."
    leaves = f"By itself it leaves after {duration(FAILURE_NEEDS_A_LOOK)}"
    older = f"if it is to act on, it is counted as an older one for {duration(REMEMBERED_FOR)}"
    return f"{_ACK}. {leaves}; {older}."


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
