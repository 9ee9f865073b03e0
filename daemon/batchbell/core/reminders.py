"""Reminders: a job's failure is repeated until somebody acknowledges it or the job ends well.

One round decides all of it from what is stored: which failures are settled, which queued
reminders nobody needs any more, and which failures each channel is to be reminded of now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.core.event import ENDS, EventKind, Severity
from batchbell.core.facts import ReminderFacts
from batchbell.core.mute import why_muted
from batchbell.core.provider import JobState
from batchbell.core.results.job_results import ResultsState
from batchbell.core.routing import reason_not_told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from batchbell.core.event import Event, EventKey
    from batchbell.core.mute import Mute
    from batchbell.core.routing import Filter, Route

#: The kinds of an end with output.
GOOD_ENDS = frozenset({EventKind.COMPLETED, EventKind.COMPLETED_WITH_ERRORS})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFailure:
    """A job's failure of which one channel was to be notified, and that nobody has acknowledged."""

    event_id: int
    channel: str
    event: Event
    #: When the channel was notified; None while it was not.
    told_at: datetime | None
    #: Whether the job has completed with output since, or its lost results were counted.
    ended_well: bool = False
    #: How often the channel was reminded, and when that was over last.
    reminders: int = 0
    reminded_at: datetime | None = None

    @property
    def key(self) -> tuple[int, str]:
        """The event's id and the channel."""
        return (self.event_id, self.channel)

    @property
    def place(self) -> tuple[str, str, str]:
        """Account, job and channel: one failure at a time is repeated there."""
        return (self.event.account, self.event.job_id, self.channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingReminder:
    """A reminder that waits for its channel."""

    notification_id: int
    channel: str
    event_ids: frozenset[int]
    #: Whether what it says is fixed: it was tried before.
    is_fixed: bool = False
    #: Whether somebody sends it right now.
    is_sending: bool = False

    @property
    def pairs(self) -> frozenset[tuple[int, int]]:
        """Its (notification id, event id) pairs."""
        return frozenset((self.notification_id, event_id) for event_id in self.event_ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one round has to write."""

    #: Failures nobody is reminded of any more.
    settled: tuple[OpenFailure, ...] = ()
    #: (notification id, event id) pairs to take out of the queue.
    unneeded: frozenset[tuple[int, int]] = frozenset()
    #: What each channel is to be reminded of now, the oldest first.
    due: Mapping[str, Sequence[OpenFailure]]


def is_failure(event: Event) -> bool:
    """Whether an event is what reminders and acknowledgements are about."""
    return bool(event.job_id) and event.severity is Severity.FAILURE


def to_repeat(
    routes: Iterable[Route], filters: Iterable[Filter]
) -> tuple[set[tuple[str, str]], list[tuple[EventKey, str]]]:
    """Return what follows from failures and ends that are announced.

    That is the (account, job) that failed anew or ended, whatever was acknowledged of them before,
    and what is to be repeated until it is acknowledged: (event's key, channel). A good end counts,
    too: what came back of it may turn out to be a part.
    """
    news = [each for each in routes if each.event.silent_because is None]
    failures = [each for each in news if is_failure(each.event)]
    ends = [each for each in news if each.event.kind in ENDS]
    repeated_on = {wanted.channel for wanted in filters if wanted.remind_every is not None}
    return {(each.event.account, each.event.job_id) for each in (*failures, *ends)}, [
        (each.event.key, channel)
        for each in failures
        for channel in each.told
        if channel in repeated_on
    ]


def is_over(
    failure: Event, state: JobState, output_file_id: str | None, results: ResultsState | None
) -> bool:
    """Whether a failure is over as its job stands now: it has completed with output.

    Lost results are over once they are no longer lost; `results` is None if nobody counts them.
    """
    if failure.kind is EventKind.RESULTS_LOST:
        return results is not ResultsState.LOST
    return state is JobState.COMPLETED and bool(output_file_id)


def last_failure(events: Sequence[Event]) -> int | None:
    """Return where in a job's events, oldest first, its latest failure stands; None without one."""
    places = (at for at, event in enumerate(events) if is_failure(event))
    return max(places, default=None)


def plan(
    failures: Sequence[OpenFailure],
    pending: Sequence[PendingReminder],
    *,
    filters: Sequence[Filter],
    mutes: Sequence[Mute],
    now: datetime,
) -> Plan:
    """Decide one round."""
    over = settled(failures)
    over_keys = {each.key for each in over}
    wanted = [
        each
        for each in failures
        if each.key not in over_keys and _is_wanted(each, filters, mutes, now)
    ]
    unneeded = needed_no_more(pending, {each.key for each in wanted})
    waiting = [each for each in pending if each.pairs - unneeded]
    return Plan(settled=tuple(over), unneeded=unneeded, due=due(wanted, waiting, filters, now))


def settled(failures: Sequence[OpenFailure]) -> list[OpenFailure]:
    """Return those whose job ended well, or whose channel was notified of a later failure of it."""
    latest: dict[tuple[str, str, str], int] = {}
    for each in failures:
        if each.told_at is not None:
            latest[each.place] = max(each.event_id, latest.get(each.place, 0))
    return [
        each
        for each in failures
        if each.ended_well or each.event_id < latest.get(each.place, each.event_id)
    ]


def needed_no_more(
    pending: Iterable[PendingReminder], wanted: set[tuple[int, str]]
) -> frozenset[tuple[int, int]]:
    """Return the (notification id, event id) pairs to take out of the queue.

    `wanted` has (event id, channel). What is being sent stays as it is; a text that is fixed
    already goes whole, once nothing in it is wanted.
    """
    unneeded: set[tuple[int, int]] = set()
    for each in pending:
        gone = {pair for pair in each.pairs if (pair[1], each.channel) not in wanted}
        if not each.is_sending and (not each.is_fixed or gone == each.pairs):
            unneeded |= gone
    return frozenset(unneeded)


def due(
    wanted: Iterable[OpenFailure],
    waiting: Iterable[PendingReminder],
    filters: Iterable[Filter],
    now: datetime,
) -> dict[str, list[OpenFailure]]:
    """Return what each channel is to be reminded of now, the oldest first.

    A channel with a reminder that waits gets no other: while it is out of reach, one is enough.
    """
    busy = {each.channel for each in waiting}
    every = {each.channel: each.remind_every for each in filters if each.channel not in busy}
    found: dict[str, list[OpenFailure]] = {}
    for each in sorted(wanted, key=lambda failure: failure.event_id):
        span = every.get(each.channel)
        if span is not None and _is_due(each, span, now):
            found.setdefault(each.channel, []).append(each)
    return found


def _is_due(failure: OpenFailure, every: timedelta, now: datetime) -> bool:
    """Whether the time since it was sent, or repeated last, is over.

    A moment further ahead than it can honestly be was written before the clock was stepped back.
    """
    last = failure.reminded_at or failure.told_at
    return last is not None and not now < last + every <= now + 2 * every


def _is_wanted(
    failure: OpenFailure, filters: Iterable[Filter], mutes: Sequence[Mute], now: datetime
) -> bool:
    """Whether its channel, as configured now, is to be reminded of it sooner or later."""
    return any(
        wanted.channel == failure.channel
        and wanted.remind_every is not None
        and reason_not_told(failure.event, wanted) is None
        for wanted in filters
    ) and not why_muted(failure.event, mutes, now)


def as_reminder(
    event: Event, *, number: int, told_at: datetime | None, status_now: str | None
) -> Event:
    """Return an event as a reminder has it; `number` counts from 1."""
    changed = event.job is None or status_now != event.job.status
    reminder = ReminderFacts(
        number=number,
        first_told=told_at,
        status_now=(status_now or "") if changed else "",
    )
    return replace(event, facts=replace(event.facts, reminder=reminder))
