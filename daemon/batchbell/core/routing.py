"""Which channels are notified of an event, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeVar

from batchbell.core.event import TOLD_BY_DEFAULT, Event, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import timedelta

#: Globs of a filter that a reason repeats; the configuration has them all.
GLOBS_NAMED = 3
#: Events in one message at most; more make further messages.
EVENTS_PER_MESSAGE = 20

#: Begins the reason why a channel is not notified of what is not bad enough.
_TOO_GOOD = "min_severity: "
#: The filter by the one thing about a job that may become known later.
_BY_FILE = "input_files"

#: The glob that also matches what is missing.
ANYTHING = "*"
_EVERYTHING = (ANYTHING,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a channel wants to hear; its URL is not needed to decide that."""

    channel: str
    #: Globs of event kinds; None for the default kinds.
    events: tuple[str, ...] | None = None
    accounts: tuple[str, ...] = _EVERYTHING
    models: tuple[str, ...] = _EVERYTHING
    endpoints: tuple[str, ...] = _EVERYTHING
    users: tuple[str, ...] = _EVERYTHING
    #: Globs of the input file's name.
    input_files: tuple[str, ...] = _EVERYTHING
    min_severity: Severity = Severity.INFO
    #: How often a job's failure is repeated until it is acknowledged; None for never.
    remind_every: timedelta | None = None
    #: Events at least this bad get messages of their own; None for all in one.
    parts_at: Severity | None = None
    #: Why nothing at all is sent there; '' while it is.
    closed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where one event goes."""

    event: Event
    #: Names of the channels that are notified.
    told: tuple[str, ...] = ()
    #: Why each of the others is not, by channel name.
    not_told: Mapping[str, str] = field(default_factory=dict)


def route(event: Event, filters: Iterable[Filter], *, muted: str | None = None) -> Route:
    """Decide for every channel whether it is notified of this event.

    `muted` is why nobody is who otherwise would be ("muted until ..."), None without a mute.
    """
    told: list[str] = []
    not_told: dict[str, str] = {}
    for wanted in filters:
        reason = reason_not_told(event, wanted) or muted
        if reason is None:
            told.append(wanted.channel)
        else:
            not_told[wanted.channel] = reason
    return Route(event=event, told=tuple(told), not_told=not_told)


def reason_not_told(event: Event, wanted: Filter) -> str | None:
    """Return why this channel is not notified of the event, in words; None if it is."""
    if event.silent_because is not None:
        return event.silent_because
    if event.facts.channel == wanted.channel:
        return "it is the channel in question"
    return wanted.closed or _unwanted_kind(event, wanted) or _unwanted_job(event, wanted)


def _unwanted_kind(event: Event, wanted: Filter) -> str | None:
    if wanted.events is None and event.kind not in TOLD_BY_DEFAULT:
        return f"{event.kind} is not told by default"
    if wanted.events is not None and not matches(event.kind, wanted.events):
        return f"its `events` leave out {event.kind}"
    if event.severity < wanted.min_severity:
        least = wanted.min_severity.name.lower()
        return f"{_TOO_GOOD}{event.severity.name.lower()} is below {least}"
    return None


def _unwanted_job(event: Event, wanted: Filter) -> str | None:
    job = event.job
    for key, value, globs in (
        ("accounts", event.account, wanted.accounts),
        ("models", job.model_id if job else None, wanted.models),
        ("endpoints", job.endpoint if job else None, wanted.endpoints),
        ("users", job.user_id if job else None, wanted.users),
        (_BY_FILE, event.input_file, wanted.input_files),
    ):
        if not matches(value, globs):
            return f"{_lacks(key, value)} {_listed(globs)}"
    return None


def lacks_name(reason: str) -> bool:
    """Whether it was for want of the input file's name that a channel was not notified."""
    return reason.startswith(_lacks(_BY_FILE, None))


def was_too_good(reason: str) -> bool:
    """Whether it was not bad enough for a channel to be notified."""
    return reason.startswith(_TOO_GOOD)


def matches(value: str | None, globs: tuple[str, ...]) -> bool:
    """Whether one glob matches; a missing value is matched by `*` alone."""
    if not value:
        return ANYTHING in globs
    return any(fnmatchcase(value, glob) for glob in globs)


def _lacks(key: str, value: str | None) -> str:
    return f"{key}: {value or 'none'} matches none of"


def _listed(globs: tuple[str, ...]) -> str:
    named, more = globs[:GLOBS_NAMED], len(globs) - GLOBS_NAMED
    # One more would be as short as saying so.
    if more > 1:
        return f"{', '.join(named)} and {more} more"
    return ", ".join(globs) or "(nothing)"


Item = TypeVar("Item")


def in_messages(events: Sequence[Item]) -> list[Sequence[Item]]:
    """Split what one poll has for one channel into messages."""
    return [
        events[start : start + EVENTS_PER_MESSAGE]
        for start in range(0, len(events), EVENTS_PER_MESSAGE)
    ]


def in_parts(
    events: Iterable[Item], severity: Callable[[Item], Severity], parts_at: Severity | None
) -> list[list[Item]]:
    """Part what is bad enough for a message of its own from the rest, in the same order."""
    everything = list(events)
    if parts_at is None:
        return [everything]
    bad = [item for item in everything if severity(item) >= parts_at]
    return [bad, [item for item in everything if severity(item) < parts_at]]


def worst_first(events: Iterable[Event]) -> list[Event]:
    """Order events for reading: worst first, then oldest first."""
    return sorted(events, key=lambda event: (-event.severity, event.happened_at, event.key))
