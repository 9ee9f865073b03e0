"""How urgent an event of a message is: in this order its readers are told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.messages.advice import remedy_of
from batchbell.messages.event_words import WARNS_OF_DEADLINE, as_of
from batchbell.messages.overtaken import over_since
from batchbell.messages.prospect_advice import act_of, prospect_at
from batchbell.messages.prospect_decision import CANCELLING, MISSES_IT
from batchbell.messages.remedy import Asks, Remedy

if TYPE_CHECKING:
    from datetime import datetime
    from typing import TypeAlias

    from batchbell.core.event import Event
    from batchbell.messages.view import View

    #: What sorts events by how urgent they are.
    Urgency: TypeAlias = tuple[Asks, int, int, datetime, tuple[str, str, str, str]]

#: From when on before its deadline a job that misses it can't wait, whatever helps.
_LAST_STEP = timedelta(hours=1)
_KIND_ORDER = {kind: position for position, kind in enumerate(EventKind)}


def asked_by(event: Event, view: View) -> Remedy:
    """Return what to do about an event when it is told: nothing if it is over, or acknowledged.

    Figures that are old say so where they decide.
    """
    if event.key in view.acknowledged:
        return Remedy("", Asks.SEEN)
    if over_since(event, view) is not None:
        return Remedy("", Asks.KNOW)
    helps = remedy_of(event, view.provider, view.now, view.zone)
    seen, job = as_of(event, view), event.job
    if not seen or job is None or act_of(prospect_at(event, job, view.now)) not in CANCELLING:
        return helps
    return helps._replace(text=f"{helps.text} (This is {seen}: look again first.)")


def is_pressing(event: Event, asks: Asks, now: datetime) -> bool:
    """Whether its readers can't let it wait until the morning.

    So it is with what is to be cancelled now, with a deadline ahead that is missed, and where
    nothing is seen or told. What ended, however badly, does not get worse by then.
    """
    if asks is Asks.CONNECT:
        # There is time if other channels are told all that a failing one missed.
        return event.facts.outage.told_nowhere_else != 0
    return asks is Asks.CANCEL or (asks is Asks.WATCH and _is_missed_soon(event, now))


def _is_missed_soon(event: Event, now: datetime) -> bool:
    job, step = event.job, event.facts.deadline.step
    if job is None or job.job_deadline is None or job.job_deadline <= now:
        return False
    is_last = step is not None and step <= _LAST_STEP
    return is_last and prospect_at(event, job).expectation in MISSES_IT


def most_urgent_first(event: Event, asks: Asks) -> Urgency:
    """Return a sort key; of jobs that are to be cancelled the nearest deadline goes first."""
    if asks is Asks.CANCEL:
        return (asks, 0, 0, _due(event), event.key)
    return (asks, *_worst_first(event))


def _worst_first(event: Event) -> tuple[int, int, datetime, tuple[str, str, str, str]]:
    """Return a sort key; of jobs near their deadline the one that is nearest goes first."""
    kind, at = event.kind, event.happened_at
    if kind in WARNS_OF_DEADLINE:
        kind, at = EventKind.DEADLINE_APPROACHING, _due(event)
    return (-event.severity, _KIND_ORDER[kind], at, event.key)


def _due(event: Event) -> datetime:
    return (event.job and event.job.job_deadline) or event.happened_at
