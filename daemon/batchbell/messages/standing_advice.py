"""What a reader can do about a job as it stands now, whatever was told last."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.awaiting import results_facts
from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts, ResultsFacts
from batchbell.core.forecast.prospect import MISSING, Expectation, prospect_of
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import PRESSING, Reason
from batchbell.core.transition import kind_of_status
from batchbell.messages.advice import helps_with, what_helps_now, what_to_do
from batchbell.messages.prospect_advice import is_cancelling_a_choice, what_to_expect
from batchbell.messages.prospect_decision import Act, decision

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from batchbell.core.forecast.prospect import Prospect
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.provider import ProviderWords
    from batchbell.core.results.job_results import JobResults
    from batchbell.core.snapshot import JobRecord
    from batchbell.core.standing.verdict import Standing

#: What helps against each oddity is what its event asks for; the first that holds counts.
_ODD: Mapping[Reason, EventKind] = {
    Reason.VANISHED: EventKind.VANISHED,
    Reason.STATUS_UNKNOWN: EventKind.STATUS_UNKNOWN,
}
#: What to do with a running job, in a few words.
_ACTS: Mapping[Act, str] = {
    Act.CANCEL_NOW: "Cancel it now",
    Act.CANCEL_LATER: "Wait; cancel it if it does not move",
    Act.LET_RUN: "Let it run",
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
    if not (asked or _matters(standing, found)):
        return Help("")
    return Help(what_to_expect(found, provider, now=now), is_cancelling_a_choice(found))


def act_on(record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime) -> Act | None:
    """Return what to do with a running job; None if it needs nothing, or something else."""
    standing, found = job_standing(record, now), prospect_of(record, outlook, now)
    is_odd = standing.has(*_ODD) and not standing.has(Reason.OVERDUE)
    is_decided = record.job.finished or found.expectation is Expectation.CANCELING
    is_open = found.expectation is Expectation.OPEN and record.job.job_deadline is None
    if is_odd or is_decided or is_open or not _matters(standing, found):
        return None
    return decision(found).act


def helps_in_short(
    record: JobRecord,
    outlook: Forecast | NoForecast | None,
    results: JobResults | None,
    provider: ProviderWords,
    now: datetime,
) -> str:
    """Return what helps as one short sentence without its stop; '' if nothing is known to."""
    if record.job.finished:
        return _after_end(record, results, provider, now)
    return act_in_short(record, outlook, now)


def act_in_short(record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime) -> str:
    """Return what to do with a running job, as "Cancel it now"; '' if it asks for nothing."""
    act = act_on(record, outlook, now)
    return "" if act is None else _ACTS[act]


def _after_end(
    record: JobRecord, results: JobResults | None, provider: ProviderWords, now: datetime
) -> str:
    """Return what an end asks for first: its events are not read for that."""
    is_lost = job_standing(record, now, results=results).has(Reason.RESULTS_LOST)
    event = Event(
        kind=EventKind.RESULTS_LOST if is_lost else kind_of_status(record.job),
        account="",
        job_id=record.job.id,
        job=record.job,
        happened_at=now,
        seen_at=now,
        facts=Facts(results=ResultsFacts() if results is None else results_facts(results)),
    )
    first, _, _ = what_to_do(event, provider).partition(". ")
    return first.removesuffix(".")


def _matters(standing: Standing, found: Prospect) -> bool:
    """Whether what is to be expected of a running job asks for a decision."""
    return standing.has(*PRESSING) or found.expectation in MISSING
