"""What a message says of another one that can't be sent: why, and what it was about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import EventKind, Severity
from batchbell.core.provider import ANY_PROVIDER
from batchbell.messages.advice import what_to_do
from batchbell.messages.event_words import error_text
from batchbell.messages.fact import Fact, Role, brief
from batchbell.messages.lost_words import is_said_whole, lost_kinds
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


def why_lost(event: Event) -> Iterator[Fact]:
    """Yield why it can't be sent: `its receiver refused it: HTTP 400 Bad Request`.

    Of one that is still tried it is what its receiver said.
    """
    error = error_text(event)
    if is_about_lost(event) and error:
        why = f"its receiver refused it: {error}" if event.facts.outage.given_up else error
        yield brief("Why", why, Role.ERROR)


def about_lost(event: Event) -> Iterator[Fact]:
    """Yield what it told, where the headline does not say that, and last the ids of its jobs."""
    if is_about_lost(event):
        jobs = event.facts.lost.jobs
        yield Fact("It told", lost_kinds(event), Role.WORK, is_shown=not is_said_whole(event))
        label = "Its jobs" if len(jobs) > 1 else "Its job"
        yield brief(label, one_line(", ".join(jobs), LOST_LIMIT), Role.WORK)
