"""What a message says of another one that can't be sent: why, and what it was about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import EventKind, Severity
from batchbell.core.provider import ANY_PROVIDER
from batchbell.messages.advice import what_to_do
from batchbell.messages.event_words import name_text
from batchbell.messages.fact import Fact, Role, brief
from batchbell.messages.lost_words import lost_words
from batchbell.messages.plain_text import one_line
from batchbell.messages.results_words import verdict_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.core.event import Event

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


def what_it_told(event: Event) -> Iterator[Fact]:
    """Yield what it told; what that asks for is known by its job, and by whoever was told of it."""
    if is_about_lost(event):
        yield brief("It told", lost_words(event))
        yield Fact("It asked for", name_text(event.facts.lost.helps), is_shown=False)


def jobs_of_lost(event: Event) -> Iterator[Fact]:
    """Yield the ids of its jobs."""
    if is_about_lost(event):
        lost = event.facts.lost
        label = "Its jobs" if len(lost.jobs) > 1 else "Its job"
        yield brief(label, one_line(", ".join(lost.jobs), LOST_LIMIT), Role.WORK)
