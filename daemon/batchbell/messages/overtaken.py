"""Events of one job that a later one overtakes: nobody has to act on them any more."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from batchbell.core.awaiting import awaited_until
from batchbell.core.event import ENDS, EventKind
from batchbell.messages.event_words import WARNS_OF_DEADLINE
from batchbell.messages.kind_words import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.messages.view import View

#: What an end overtakes, in the words that stand under it.
_BEFORE = {
    EventKind.DEADLINE_APPROACHING: "warned of its deadline",
    EventKind.AT_RISK: "warned of the risk",
    EventKind.DEADLINE_MISSED: "missed its deadline",
    EventKind.STALLED: "stalled",
}
_OF_DEADLINES = WARNS_OF_DEADLINE | {EventKind.DEADLINE_MISSED}


def overtaken(events: Iterable[Event]) -> list[tuple[Event, list[Event]]]:
    """Return each event that stands for itself, with those of its job that it overtakes.

    A job's last end overtakes what was said of its deadline and of standstills before, the last
    word about a deadline the warnings before it.
    """
    by_job = defaultdict(list)
    for event in events:
        by_job[event.account, event.job_id].append(event)
    return [
        found for (_, job_id), own in by_job.items() for found in (_of_job if job_id else _all)(own)
    ]


def can_be_over(event: Event) -> bool:
    """Whether time or a later event may make it one that nobody has to act on."""
    return event.kind in _BEFORE


def is_over(event: Event, all_of_job: Iterable[Event], now: datetime) -> bool:
    """Whether nobody has to act on it: its deadline is past, or a later event overtakes it.

    `all_of_job` are all events of its job.
    """
    deadline = event.job.job_deadline if event.job is not None else None
    if event.kind in WARNS_OF_DEADLINE and deadline is not None and deadline <= now:
        return True
    return any(each.key == event.key for _, before in overtaken(all_of_job) for each in before)


def jobs_that_may_be_over(events: Iterable[Event]) -> set[str]:
    """Return the ids of the jobs whose end would overtake what is told of them without it."""
    several = list(events)
    ended = {event.job_id for event in several if event.kind in ENDS}
    return {event.job_id for event in several if can_be_over(event)} - ended


def end_since(event: Event, view: View) -> Event | None:
    """Return the end of its job that overtakes it and that another message tells, if any."""
    if not can_be_over(event):
        return None
    job = event.account, event.job_id
    ends = [
        end
        for end in view.ends
        if (end.account, end.job_id) == job and end.seen_at >= event.seen_at
    ]
    return _last(ends, ENDS)


def over_words(event: Event, view: View) -> str:
    """Return `expired at 01:00 CET, its results are being read`; '' if it is not over."""
    end = end_since(event, view)
    if end is None:
        return ""
    now = view.now or end.seen_at
    _, at = view.times(now, end.happened_at)
    reading = ", its results are being read" if awaited_until(end, now) else ""
    return f"{WORDS[end.kind].counted} at {at}{reading}"


def before_words(events: Sequence[Event], view: View) -> str:
    """Return `stalled at 18:10; missed its deadline at 20:41 CET`; '' for none."""
    if not events:
        return ""
    times = view.times(*(event.happened_at for event in events))
    told = zip(events, times, strict=True)
    return "; ".join(f"{_BEFORE[event.kind]} at {time}" for event, time in told)


def _all(events: Sequence[Event]) -> list[tuple[Event, list[Event]]]:
    return [(event, []) for event in events]


def _of_job(events: Sequence[Event]) -> list[tuple[Event, list[Event]]]:
    if len(events) == 1:
        return _all(events)
    last = _last(events, ENDS) or _last(events, _OF_DEADLINES)
    if last is None:
        return _all(events)
    kinds = _BEFORE.keys() if last.kind in ENDS else WARNS_OF_DEADLINE
    old = [
        each
        for each in sorted(events, key=_by_time)
        if each is not last and each.kind in kinds and each.seen_at <= last.seen_at
    ]
    new = [each for each in events if not any(each is other for other in old)]
    return [(each, old if each is last else []) for each in new]


def _last(events: Sequence[Event], kinds: frozenset[EventKind]) -> Event | None:
    return max((each for each in events if each.kind in kinds), key=_by_time, default=None)


def _by_time(event: Event) -> tuple[object, ...]:
    # Of what one poll saw, that the deadline was missed is the last word about it.
    return (event.seen_at, event.kind is EventKind.DEADLINE_MISSED, event.happened_at, event.key)
