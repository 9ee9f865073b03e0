"""Events that a later one of their job, account or channel overtakes: nobody has to act on them."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from batchbell.core.awaiting import awaited_until
from batchbell.core.event import ENDS, VERDICT_KINDS, EventKind
from batchbell.messages.event_words import WARNS_OF_DEADLINE, how_long
from batchbell.messages.kind_words import words_of
from batchbell.messages.outage_ends import TROUBLES, with_outages_over
from batchbell.messages.plain_text import local_time_near

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
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
_STALLED, _RESUMED = frozenset({EventKind.STALLED}), frozenset({EventKind.RESUMED})
_NOTHING: frozenset[EventKind] = frozenset()
#: What makes others of its job old news.
OVERTAKES = ENDS | _OF_DEADLINES | _RESUMED


def overtaken(events: Iterable[Event]) -> list[tuple[Event, list[Event]]]:
    """Return each event that stands for itself, with those of its job that it overtakes.

    A job's last end overtakes what was said of its deadline and of standstills before, the last
    word about a deadline the warnings before it, and the standstills if it says that the job stands
    still. A later standstill overtakes both, and that a job moves again its standstills. That it is
    in progress says by itself that it moves. Of no job is an outage that is over.
    """
    by_job = defaultdict(list)
    for event in events:
        by_job[event.account if event.job_id else "", event.job_id].append(event)
    return [
        found
        for (_, job_id), own in by_job.items()
        for found in (_of_job if job_id else with_outages_over)(own)
    ]


def said_by_status(event: Event, others: Iterable[Event]) -> Event | None:
    """Return what says that a job is in progress and so that it moves again: one listing told both.

    None of any other event than such a resumption.
    """
    if event.kind is not EventKind.RESUMED:
        return None
    one = event.account, event.job_id, event.seen_at
    return next(
        (
            each
            for each in others
            if each.kind is EventKind.IN_PROGRESS
            and (each.account, each.job_id, each.seen_at) == one
        ),
        None,
    )


def can_be_over(event: Event) -> bool:
    """Whether time or a later event may make it one that nobody has to act on."""
    return event.kind in _BEFORE or event.kind in TROUBLES


def is_over(event: Event, all_of_it: Iterable[Event], now: datetime) -> bool:
    """Whether nobody has to act on it: its deadline is past, or a later event overtakes it.

    `all_of_it` are all events of its job; of an outage, those of its account or channel.
    """
    deadline = event.job.job_deadline if event.job is not None else None
    if event.kind in WARNS_OF_DEADLINE and deadline is not None and deadline <= now:
        return True
    return any(each.key == event.key for _, before in overtaken(all_of_it) for each in before)


def jobs_that_may_be_over(events: Iterable[Event]) -> set[str]:
    """Return the ids of the jobs of which later news would overtake what is told without it."""
    several = list(events)
    ended = {event.job_id for event in several if event.kind in ENDS}
    return {event.job_id for event in several if event.kind in _BEFORE} - ended


def over_since(event: Event, view: View) -> Event | None:
    """Return what overtakes it and is told by another message, if anything is.

    That is the end of its job; of a standstill also that the job moves again.
    """
    if event.kind not in _BEFORE:
        return None
    job = event.account, event.job_id
    later = [
        each
        for each in view.later
        if (each.account, each.job_id) == job and each.seen_at >= event.seen_at
    ]
    resumed = _last(later, _RESUMED) if event.kind in _STALLED else None
    return _last(later, ENDS) or resumed


def over_words(event: Event, view: View) -> str:
    """Return `expired at 01:00 CET, its results are being read`; '' if it is not over.

    Of a standstill that is over it is `resumed at 01:00 CET`.
    """
    end = over_since(event, view)
    if end is None:
        return ""
    now = view.now or end.seen_at
    at = local_time_near(end.happened_at, now, zone=view.zone)
    reading = ", its results are being read" if awaited_until(end, now) else ""
    return f"{words_of(end).counted} at {at}{reading}"


def before_words(events: Sequence[Event], view: View) -> str:
    """Return `stalled at 18:10; missed its deadline at 20:41 CET`; '' for none.

    Of one that moves again it is how long it did not: `no progress for 7h 42m`. A verdict is said
    where its end is told.
    """
    had_times = [event for event in events if event.kind not in _RESUMED | VERDICT_KINDS]
    times = view.times(*(event.happened_at for event in had_times)) if had_times else ()
    words = [(_before(event), time) for event, time in zip(had_times, times, strict=True)]
    told = [
        f"{what} at {' and '.join(time for _, time in same)}"
        for what, same in groupby(words, key=itemgetter(0))
    ]
    stood_still = (how_long(event) for event in events if event.kind in _RESUMED)
    return "; ".join([*told, *(f"no progress for {lasted}" for lasted in stood_still if lasted)])


def _before(event: Event) -> str:
    if event.kind is EventKind.PROGRESS and event.facts.threshold is not None:
        return f"past {event.facts.threshold}%"
    return _BEFORE.get(event.kind) or words_of(event).counted


def _of_job(events: Sequence[Event]) -> list[tuple[Event, list[Event]]]:
    if len(events) == 1:
        return [(events[0], [])]
    before = {id(last): old for last, old in _old_news(events)}
    old_ids = {id(each) for old in before.values() for each in old}
    return [(each, before.get(id(each), [])) for each in events if id(each) not in old_ids]


def _old_news(events: Sequence[Event]) -> Iterator[tuple[Event, list[Event]]]:
    """Yield what overtakes other events of its job, with these, the oldest first.

    The last word takes first, so that no event stands under two, or under one that is old itself.
    """
    taken: set[int] = set()
    for last, kinds in sorted(_last_words(events), key=lambda each: _by_weight(each[0])):
        if id(last) in taken:
            continue
        older = [
            each
            for each in events
            if each.kind in kinds
            and each is not last
            and each.seen_at <= last.seen_at
            and id(each) not in taken
        ]
        taken.update(map(id, older))
        yield last, sorted(older, key=_by_time)


def _last_words(events: Sequence[Event]) -> Iterator[tuple[Event, frozenset[EventKind]]]:
    """Yield each last word about a job, with the kinds that it overtakes."""
    end, resumed = _last(events, ENDS), _last(events, _RESUMED)
    if end is not None:
        yield end, frozenset(_BEFORE)
    else:
        yield from _last_of_running(events)
    if resumed is not None:
        stalled = _STALLED if end is None else _NOTHING
        begun = said_by_status(resumed, events)
        yield (resumed, stalled) if begun is None else (begun, stalled | _RESUMED)


def _last_of_running(events: Sequence[Event]) -> Iterator[tuple[Event, frozenset[EventKind]]]:
    deadline, stalled = _last(events, _OF_DEADLINES), _last(events, _STALLED)
    if deadline is not None:
        stands = deadline.facts.stall.since is not None
        yield deadline, WARNS_OF_DEADLINE | (_STALLED if stands else _NOTHING)
    if stalled is not None:
        yield stalled, WARNS_OF_DEADLINE | _STALLED


def _by_weight(event: Event) -> tuple[float, bool]:
    # The later first; of what one poll saw, a word about the deadline says the standstill too.
    return -event.seen_at.timestamp(), event.kind not in _OF_DEADLINES


def _last(events: Sequence[Event], kinds: frozenset[EventKind]) -> Event | None:
    return max((each for each in events if each.kind in kinds), key=_by_time, default=None)


def _by_time(event: Event) -> tuple[object, ...]:
    # Of what one poll saw, that the deadline was missed is the last word about it.
    return (event.seen_at, event.kind is EventKind.DEADLINE_MISSED, event.happened_at, event.key)
