"""What a message says of another one that can't be sent: why, and what it was about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import EventKind, Severity
from batchbell.core.provider import ANY_PROVIDER
from batchbell.messages.advice import what_to_do
from batchbell.messages.event_words import name_text
from batchbell.messages.fact import Fact, Role, brief
from batchbell.messages.lost_words import lost_words, to_see_job
from batchbell.messages.plain_text import local_time_near, one_line
from batchbell.messages.results_words import verdict_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.core.event import Event
    from batchbell.messages.view import View

#: The ids of the jobs that one message may be about, characters.
LOST_LIMIT = 2_000


def said_of_lost(events: Sequence[Event]) -> tuple[str, str]:
    """Return what came back of the job of a message's one event, and what helps; '' for nothing."""
    if len(events) != 1:
        return "", ""
    (event,) = events
    is_good = event.severity <= Severity.SUCCESS
    return verdict_words(event.facts.results), "" if is_good else what_to_do(event, ANY_PROVIDER)


def is_about_lost(event: Event) -> bool:
    """Whether it tells of a message that can't be sent."""
    return event.kind is EventKind.CHANNEL_MESSAGE_LOST


def what_it_told(event: Event, view: View) -> Iterator[Fact]:
    """Yield what it told, and when that failed.

    What it asked for is known by its job, and by whoever was told of it.
    """
    if not is_about_lost(event):
        return
    lost = event.facts.lost
    yield brief("It told", lost_words(event))
    yield Fact("It asked for", name_text(lost.helps), is_shown=False)
    label = "Refused" if event.facts.outage.given_up else "Failed"
    yield brief(label, view.time_and_distance(event.happened_at))
    yield Fact("Takes others", _took_others(event, view))


def _took_others(event: Event, view: View) -> str:
    """Return `the last at 14:53 CET`: it is this message that is refused."""
    taken_at = event.facts.lost.took_others_at
    if taken_at is None:
        return ""
    return f"the last at {local_time_near(taken_at, event.happened_at, zone=view.zone)}"


def jobs_of_lost(event: Event) -> Iterator[Fact]:
    """Yield the ids of its jobs: of one a command has it."""
    if is_about_lost(event):
        jobs = event.facts.lost.jobs
        label = "Its jobs" if len(jobs) > 1 else "Its job"
        shown = not any(to_see_job(event))
        yield brief(label, one_line(", ".join(jobs), LOST_LIMIT), Role.WORK, shown=shown)
