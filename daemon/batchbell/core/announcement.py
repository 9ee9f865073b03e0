"""From events to messages: who is notified of what, in which messages, and why others are not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from batchbell.core.awaiting import IN_END, due_at
from batchbell.core.event import VERDICT_KINDS, EventKind
from batchbell.core.mute import why_muted
from batchbell.core.routing import (
    in_messages,
    in_parts,
    lacks_name,
    route,
    was_too_good,
    worst_first,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from batchbell.core.event import Event, EventKey, Severity
    from batchbell.core.mute import Mute
    from batchbell.core.routing import Filter, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One message to be: its events for one channel, worst first."""

    channel: str
    events: tuple[Event, ...]
    #: Whether the name of a job's input file is being asked for right now.
    awaits_name: bool = False

    def due_at(self, now: datetime, named_by: datetime | None) -> datetime:
        """Return when it may go: once its verdicts are there, and names, asked for until then."""
        named = named_by if self.awaits_name and named_by is not None else now
        return max(named, due_at(self.events, now))

    @property
    def severity(self) -> Severity:
        """How bad the worst of it is."""
        return max(event.severity for event in self.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Who is notified of some events, in which messages, and why the others are not."""

    #: Each event that is new, worst first.
    routes: tuple[Route, ...] = ()
    digests: tuple[Digest, ...] = ()


def plan(
    events: Iterable[Event],
    filters: Sequence[Filter],
    *,
    mutes: Sequence[Mute] = (),
    known: Collection[EventKey] = (),
    awaited: Collection[str] = (),
    now: datetime,
) -> Announcement:
    """Decide on everything that one transaction announces.

    `known` has the keys of events that were recorded before: they are not announced again.
    `awaited` has the ids of the input files whose names are being asked for.
    """
    new = {event.key: event for event in events if event.key not in known}
    routes = tuple(
        route(event, filters, muted=why_muted(event, mutes, now))
        for event in worst_first(new.values())
    )
    return Announcement(routes=routes, digests=tuple(digests(routes, filters, awaited)))


def plan_named(
    routes: Iterable[Route],
    filters: Sequence[Filter],
    *,
    mutes: Sequence[Mute] = (),
    now: datetime,
) -> Announcement:
    """Decide anew on recorded events, now that the names of their jobs' input files are known.

    Only the channels that missed the name are asked; the routes returned tell those of them that
    want the event after all, and `not_told` has the reasons of all others.
    """
    again = [_decided_again(each, filters, lacks_name, mutes, now) for each in routes]
    again = [_said_in_end(each, again) for each in again]
    return Announcement(routes=tuple(again), digests=tuple(digests(again, filters)))


def plan_worse(
    recorded: Route, filters: Sequence[Filter], *, mutes: Sequence[Mute] = (), now: datetime
) -> Announcement:
    """Decide anew on a recorded event that looks worse by now, as `plan_named` does.

    Only the channels are asked for which it was not bad enough.
    """
    again = _decided_again(recorded, filters, was_too_good, mutes, now)
    return Announcement(routes=(again,), digests=tuple(digests([again], filters)))


def _decided_again(
    recorded: Route,
    filters: Iterable[Filter],
    may_have_changed: Callable[[str], bool],
    mutes: Sequence[Mute],
    now: datetime,
) -> Route:
    """Ask those channels anew whose reason may hold no more."""
    asked = [
        wanted for wanted in filters if may_have_changed(recorded.not_told.get(wanted.channel, ""))
    ]
    again = route(recorded.event, asked, muted=why_muted(recorded.event, mutes, now))
    others = {
        channel: reason
        for channel, reason in recorded.not_told.items()
        if channel not in again.told
    }
    return replace(again, not_told={**others, **again.not_told})


def _said_in_end(incomplete: Route, routes: Iterable[Route]) -> Route:
    """Take from an incomplete verdict the channels that are told the end only now, with it."""
    event = incomplete.event
    if event.kind is not EventKind.INCOMPLETE:
        return incomplete
    ends = [
        each.told
        for each in routes
        if each.event.job_id == event.job_id
        and each.event.qualifier == event.qualifier
        and each.event.kind not in VERDICT_KINDS
    ]
    in_end = {channel: IN_END for told in ends for channel in told if channel in incomplete.told}
    left = tuple(channel for channel in incomplete.told if channel not in in_end)
    return replace(incomplete, told=left, not_told={**incomplete.not_told, **in_end})


def digests(
    routes: Sequence[Route], filters: Iterable[Filter], awaited: Collection[str] = ()
) -> Iterator[Digest]:
    """Yield the messages that these routes make, channel by channel."""
    for wanted in filters:
        told = worst_first(each.event for each in routes if wanted.channel in each.told)
        parts = [
            same
            for some in (_held(told, held=False), _held(told, held=True))
            for same in in_parts(some, _severity, wanted.parts_at)
        ]
        for part in parts:
            for some in in_messages(part):
                yield Digest(
                    channel=wanted.channel,
                    events=tuple(some),
                    awaits_name=any(_awaits_name(event, awaited) for event in some),
                )


def _held(events: Iterable[Event], *, held: bool) -> list[Event]:
    """Return those that wait for a verdict, or the others: a message must not wait for another."""
    return [each for each in events if (each.facts.results.awaited_until is not None) is held]


def _severity(event: Event) -> Severity:
    return event.severity


def _awaits_name(event: Event, awaited: Collection[str]) -> bool:
    return event.job is not None and event.job.input_file_id in awaited
