"""The verdict on an end's results as news of its own: which events, and which channels hear them.

Whoever is yet to be told the end hears the verdict in the same message, so this is for the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from batchbell.core.announcement import Announcement, digests
from batchbell.core.awaiting import IN_END, results_facts
from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts
from batchbell.core.mute import why_muted
from batchbell.core.provider import JobState
from batchbell.core.results.job_results import ResultsState
from batchbell.core.routing import Route, matches, reason_not_told

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from batchbell.core.event import EventKey
    from batchbell.core.mute import Mute
    from batchbell.core.results.job_results import JobResults
    from batchbell.core.routing import Filter

#: Verdicts of this time are told together: files are read one by one, and of hundreds of jobs that
#: ended at once each verdict would else be a message.
VERDICTS_WITHIN = timedelta(seconds=10)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndMessage:
    """A message that tells a channel of a job's end."""

    #: Whether it is still to be written, and will have the verdict.
    is_open: bool
    #: When it may go, if it is open.
    due_at: datetime


def verdict_news(end: Event, results: JobResults, now: datetime) -> list[Event]:
    """Return the events that the results of an end are worth, the one that says most first.

    What was skipped is worth none. They have the end's qualifier, so each is told once: that a
    later file is counted anew replaces the verdict, and is no news.
    """
    facts = Facts(
        input_file=end.facts.input_file, api=end.facts.api, results=results_facts(results)
    )
    happened_at = min(results.counted_at or now, now)
    return [
        replace(end, kind=kind, happened_at=happened_at, seen_at=now, facts=facts)
        for kind in _kinds(end, results)
    ]


def _kinds(end: Event, results: JobResults) -> Iterator[EventKind]:
    if results.state is ResultsState.LOST:
        yield EventKind.RESULTS_LOST
    elif results.state is not ResultsState.COUNTED:
        return
    elif _is_completed(end) and results.counts is not None and results.counts.flawed:
        yield EventKind.INCOMPLETE
    yield EventKind.RESULTS


def _is_completed(end: Event) -> bool:
    return end.job is not None and end.job.state is JobState.COMPLETED


def plan_news(
    news: Sequence[Event],
    filters: Sequence[Filter],
    *,
    told: Mapping[str, EndMessage],
    known: Collection[EventKey] = (),
    mutes: Sequence[Mute] = (),
    now: datetime,
) -> Announcement:
    """Decide which channels hear which of an end's `verdict_news`.

    `told` has the message about the end of each channel that hears of it, `known` the keys of
    events that were recorded before: they are not announced again.
    """
    routes: list[Route] = []
    for event in news:
        if event.key in known:
            continue
        muted = why_muted(event, mutes, now)
        why = {
            wanted.channel: _reason_not_told(event, wanted, told.get(wanted.channel), routes)
            or muted
            for wanted in filters
        }
        routes.append(
            Route(
                event=event,
                told=tuple(channel for channel, reason in why.items() if reason is None),
                not_told={channel: reason for channel, reason in why.items() if reason},
            )
        )
    return Announcement(routes=tuple(routes), digests=tuple(digests(routes, filters)))


def news_due_at(message: EndMessage | None, now: datetime, within: timedelta) -> datetime:
    """Return when news of a verdict may go: with the message about the end if that is open.

    Else with all that come in the same span of the clock, `within` long; zero for at once.
    """
    if message is not None and message.is_open:
        return max(now, message.due_at)
    return now + (_LONG_AGO - now) % within if within else now


def _reason_not_told(
    event: Event, wanted: Filter, end: EndMessage | None, before: Sequence[Route]
) -> str | None:
    """Return why a channel does not hear this, given what is decided of what says more."""
    is_named = wanted.events is not None and matches(event.kind, wanted.events)
    is_verdict = event.kind is EventKind.RESULTS and not is_named
    if end is not None and end.is_open and (is_verdict or event.kind is EventKind.INCOMPLETE):
        return IN_END
    if not is_verdict or end is None:
        return reason_not_told(event, wanted)
    if event.facts.results.is_good:
        return reason_not_told(event, wanted)
    said = next((each.event.kind for each in before if wanted.channel in each.told), None)
    if said is not None:
        return f"{said} says it"
    return reason_not_told(event, replace(wanted, events=(event.kind,)))
