"""How urgent an event of a message is: in this order its readers are told."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from batchbell.core.event import ABOUT_PROSPECTS, EventKind, Severity
from batchbell.messages.event_words import WARNS_OF_DEADLINE
from batchbell.messages.overtaken import over_since
from batchbell.messages.prospect_advice import act_at
from batchbell.messages.prospect_decision import Act

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.messages.view import View

_KIND_ORDER = {kind: position for position, kind in enumerate(EventKind)}


class Urgency(IntEnum):
    """What an event asks of its readers, the most urgent first."""

    #: A running job is to be cancelled: every hour that passes costs.
    NOW = 0
    #: A failure, which somebody has to mend.
    FAILURE = 1
    #: An end, or an oddity, that somebody should look at.
    NEWS = 2
    #: A job that runs on, or a warning that is over.
    LATER = 3
    #: Nothing to do.
    GOOD = 4


def urgency(event: Event, view: View) -> Urgency:
    """Judge an event as it is told: by what to do with a running job, else by its severity."""
    if over_since(event, view) is not None:
        return Urgency.LATER
    if event.job is not None and event.kind in ABOUT_PROSPECTS:
        act = act_at(event, event.job, view.now)
        return Urgency.NOW if act is Act.CANCEL_NOW else Urgency.LATER
    if event.severity is Severity.FAILURE:
        return Urgency.FAILURE
    return Urgency.NEWS if event.severity is Severity.WARNING else Urgency.GOOD


def most_urgent_first(
    event: Event, view: View
) -> tuple[int, int, int, datetime, tuple[str, str, str, str]]:
    """Return a sort key; of jobs that are to be cancelled the nearest deadline goes first."""
    found = urgency(event, view)
    if found is Urgency.NOW:
        return (found, 0, 0, _due(event), event.key)
    return (found, *worst_first(event))


def worst_first(event: Event) -> tuple[int, int, datetime, tuple[str, str, str, str]]:
    """Return a sort key; of jobs near their deadline the one that is nearest goes first."""
    kind, at = event.kind, event.happened_at
    if kind in WARNS_OF_DEADLINE:
        kind, at = EventKind.DEADLINE_APPROACHING, _due(event)
    return (-event.severity, _KIND_ORDER[kind], at, event.key)


def _due(event: Event) -> datetime:
    return (event.job and event.job.job_deadline) or event.happened_at
