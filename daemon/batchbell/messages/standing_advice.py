"""What a reader can do about a job as it stands now, whatever was told last."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import EventKind
from batchbell.core.forecast.prospect import MISSING, Expectation, prospect_of
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import PRESSING, Reason
from batchbell.messages.advice import helps_with, what_helps_now
from batchbell.messages.prospect_advice import is_cancelling_a_choice, what_to_expect

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.provider import ProviderWords
    from batchbell.core.snapshot import JobRecord

#: What helps against each oddity is what its event asks for; the first that holds counts.
_ODD: Mapping[Reason, EventKind] = {
    Reason.VANISHED: EventKind.VANISHED,
    Reason.STATUS_UNKNOWN: EventKind.STATUS_UNKNOWN,
}


class Help(NamedTuple):
    """What helps."""

    #: As sentences; '' if there is nothing to do.
    text: str
    #: Whether to cancel the job is a choice.
    cancels: bool = False


def what_helps(
    record: JobRecord,
    outlook: Forecast | NoForecast | None,
    events: Iterable[Event],
    provider: ProviderWords,
    now: datetime,
) -> Help:
    """Return what helps.

    `outlook` is of a job that runs, `events` are all that happened to it, the oldest first: they
    say what an end asks for. Of a job that has not ended its present standing counts.
    """
    if record.job.finished:
        return Help(what_helps_now(events, provider))
    standing, found = job_standing(record, now), prospect_of(record, outlook, now)
    if not standing.has(Reason.OVERDUE):
        for reason, kind in _ODD.items():
            if standing.has(reason):
                return Help(helps_with(kind, provider))
    asked = what_helps_now(events, provider)
    if found.expectation is Expectation.OPEN and record.job.job_deadline is None:
        return Help(asked)
    if not (asked or standing.has(*PRESSING) or found.expectation in MISSING):
        return Help("")
    return Help(what_to_expect(found, provider, now=now), is_cancelling_a_choice(found))
