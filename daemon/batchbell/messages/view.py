"""For whom, and when, a message is put into words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.forecast.patience import patience_ends
from batchbell.core.provider import ANY_PROVIDER, ProviderWords
from batchbell.core.ring import Hearing
from batchbell.messages.plain_text import local_time, relative, short_local_times
from batchbell.messages.still_to_cancel import NOTHING, StillToCancel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from batchbell.core.event import Event, EventKey


_STEP = EventKind.DEADLINE_APPROACHING


def _at_once(kind: EventKind, moment: datetime) -> Hearing:
    del kind, moment
    return Hearing.AT_ONCE


#: What is nearer is now.
_AHEAD = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How the readers of one channel see times, and where they find what."""

    zone: tzinfo = UTC
    #: Address of the status page without a slash at its end; '' if they can't reach it.
    page_url: str = ""
    #: What to say of whoever runs the jobs.
    provider: ProviderWords = ANY_PROVIDER
    #: Whether its readers hear of such an event at a moment.
    hears: Callable[[EventKind, datetime], Hearing] = _at_once
    #: When the message is fixed; None to leave out how long ago or ahead a time is.
    now: datetime | None = None
    #: What is known of its jobs by then that may overtake it, and that other messages tell.
    later: tuple[Event, ...] = ()
    #: What it tells of running jobs by its keys, with what is known of them by then.
    again: Mapping[EventKey, Event] = field(default_factory=dict)
    #: Its failures that somebody has acknowledged, by their keys.
    acknowledged: frozenset[EventKey] = frozenset()
    #: What was told before, is not in it, and is still to be cancelled; a digest says so.
    still: StillToCancel = NOTHING
    #: What did not fit into it, so that the next message tells it.
    left: tuple[Event, ...] = ()
    #: Whether there may be more of it than was looked at.
    left_at_least: bool = False
    #: Whether the message before had no room for what it tells.
    continues: bool = False

    def as_told(self, event: Event) -> Event:
        """Return an event with the facts that it is put into words by.

        They have whether these readers hear when the bell rings next.
        """
        told = self.again.get(event.key, event)
        due = told.facts.deadline
        if due.next_ring is None:
            return told
        hearing = self.hears(_what_rings(told, due.next_ring), due.next_ring)
        due = replace(due, hearing=hearing)
        return replace(told, facts=replace(told.facts, deadline=due))

    def time(self, moment: datetime) -> str:
        """Return `2026-11-23 03:14 CET`."""
        return local_time(moment, self.zone)

    def time_and_distance(self, moment: datetime | None) -> str:
        """Return `2026-11-23 03:14 CET (in 2h 51m)`; '' for None.

        How long ago something was would be wrong by when it is read, and is no news.
        """
        if moment is None:
            return ""
        is_ahead = self.now is not None and moment - self.now >= _AHEAD
        distance = f" ({relative(moment, self.now)})" if self.now and is_ahead else ""
        return f"{self.time(moment)}{distance}"

    def times(self, *moments: datetime) -> tuple[str, ...]:
        """Return `03:14` for each, with the day if they are of several; the last has the zone."""
        return short_local_times(*moments, zone=self.zone)


#: UTC, no page, no provider, no distances.
PLAIN_VIEW = View()


def _what_rings(event: Event, moment: datetime) -> EventKind:
    """Return what is told then: the risk of a job that is not waited for any longer, or a step."""
    job, since = event.job, event.facts.stall.since
    if event.kind is EventKind.STALLED and job is not None and since is not None:
        return EventKind.AT_RISK if patience_ends(job, since) == moment else _STEP
    return _STEP
