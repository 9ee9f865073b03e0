"""What a reader can do about a job as it stands now, whatever was told last."""

from __future__ import annotations

from collections import defaultdict
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from batchbell.core.awaiting import results_facts
from batchbell.core.deadline import armed
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.facts import Facts, ResultsFacts
from batchbell.core.forecast.prospect import MISSING, Expectation, prospect_of, with_ring
from batchbell.core.provider import JobState
from batchbell.core.results.job_results import ResultsState
from batchbell.core.ring import ring_at
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import PRESSING, Reason
from batchbell.core.transition import kind_of_status
from batchbell.messages.advice import helps_with, remedy_of, usual_remedy, what_helps_now
from batchbell.messages.prospect_advice import is_cancelling_a_choice, until_when, what_to_expect
from batchbell.messages.prospect_decision import Act, decision
from batchbell.messages.remedy import Asks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.forecast.prospect import Prospect
    from batchbell.core.job import BatchJob
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.provider import ProviderWords
    from batchbell.core.results.job_results import JobResults
    from batchbell.core.ring import Ring
    from batchbell.core.snapshot import JobRecord
    from batchbell.core.standing.verdict import Standing
    from batchbell.messages.remedy import Remedy

Item = TypeVar("Item")
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

#: What to do about one that is being cancelled.
_WAIT = "Wait for its end"


class Deed(IntEnum):
    """What a job that needs a look asks for as it stands now, the most urgent first."""

    CANCEL_NOW = 0
    #: Its input has to be mended.
    REPAIR = 1
    #: As it was, or what did not come back of it.
    SUBMIT = 2
    #: Somebody should find out what happened.
    LOOK = 3
    #: It may have to be cancelled later.
    WAIT = 4
    LET_RUN = 5


#: How many jobs there are of each, behind a count.
_COUNTED: Mapping[Deed, str] = {
    Deed.CANCEL_NOW: "to cancel now",
    Deed.REPAIR: "to repair",
    Deed.SUBMIT: "to submit again",
    Deed.LOOK: "to look into",
    Deed.WAIT: "to wait for",
    Deed.LET_RUN: "to let run",
}
_DEED_OF_ACT: Mapping[Act, Deed] = {
    Act.CANCEL_NOW: Deed.CANCEL_NOW,
    Act.CANCEL_LATER: Deed.WAIT,
    Act.LET_RUN: Deed.LET_RUN,
}
#: What is left of an end is to be sent again, unless that asks for more.
_DEED_OF_END: Mapping[Asks, Deed] = {Asks.REPAIR: Deed.REPAIR, Asks.LOOK: Deed.LOOK}


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
    odd, told = _oddity(standing), [*events]
    if odd is not None:
        return Help(helps_with(odd, provider))
    asked = what_helps_now(told, provider)
    if found.expectation is Expectation.OPEN and record.job.job_deadline is None:
        return Help(asked)
    if not (asked or _matters(record, standing, found)):
        return Help("")
    found = with_ring(found, _next_ring(record, told, now), now)
    return Help(what_to_expect(found, provider, now=now), is_cancelling_a_choice(found))


def _next_ring(record: JobRecord, events: Sequence[Event], now: datetime) -> Ring | None:
    """Return when the bell rings next about a job, as the last message about it said."""
    told = (event.facts.deadline.next_ring for event in reversed(events))
    return ring_at(record.job, next(filter(None, told), None), now)


def act_on(record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime) -> Act | None:
    """Return what to do with a running job; None if it needs nothing, or something else."""
    standing, found = job_standing(record, now), prospect_of(record, outlook, now)
    is_odd = _oddity(standing) is not None
    is_decided = record.job.finished or found.expectation is Expectation.CANCELING
    is_open = found.expectation is Expectation.OPEN and record.job.job_deadline is None
    if is_odd or is_decided or is_open or not _matters(record, standing, found):
        return None
    return decision(found).act


def deed_of(
    record: JobRecord,
    outlook: Forecast | NoForecast | None,
    results: JobResults | None,
    provider: ProviderWords,
    now: datetime,
) -> Deed | None:
    """Return what a job asks for; None of one that needs no look."""
    if _is_awaited(results):
        return None
    if record.job.finished:
        asks = _remedy_of_end(record, results, provider, now).asks
        return None if asks > Asks.LOOK else _DEED_OF_END.get(asks, Deed.SUBMIT)
    standing = job_standing(record, now)
    if _oddity(standing) is not None:
        return Deed.LOOK
    act = act_on(record, outlook, now)
    if act is None:
        # One that is being cancelled may look bad: nothing is left to do about it.
        return Deed.LET_RUN if standing.severity >= Severity.WARNING else None
    return _DEED_OF_ACT[act]


def is_asked_for(record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime) -> bool:
    """Whether what a job asks for is shown where many jobs are.

    Of one that is merely forecast to be late nobody was told: that may well change.
    """
    if record.job.finished or job_standing(record, now).severity >= Severity.WARNING:
        return True
    return prospect_of(record, outlook, now).is_lost or _was_warned_of(record)


def _was_warned_of(record: JobRecord) -> bool:
    """Whether a warning about its deadline was due: that asked for a decision."""
    known = armed(record)
    return known is not None and known.told_step is not None


def deeds(items: Iterable[Item], asked: Callable[[Item], Deed | None]) -> dict[Deed, list[Item]]:
    """Return what asks for each deed, as `asked` judges it: the most urgent deed first."""
    found = defaultdict[Deed, list[Item]](list)
    for item in items:
        deed = asked(item)
        if deed is not None:
            found[deed].append(item)
    return dict(sorted(found.items()))


def counted_deed(deed: Deed, count: int) -> str:
    """Return how many jobs ask for a deed, as "3 to cancel now"."""
    return f"{count:,} {_COUNTED[deed]}"


def helps_in_short(
    record: JobRecord,
    outlook: Forecast | NoForecast | None,
    results: JobResults | None,
    provider: ProviderWords,
    now: datetime,
) -> str:
    """Return what helps in a few words; '' if nothing is known to, or has to.

    It is the first that a message about it asks for.
    """
    if record.job.finished:
        is_read = not _is_awaited(results)
        return _remedy_of_end(record, results, provider, now).in_short if is_read else ""
    standing = job_standing(record, now)
    odd = _oddity(standing)
    if odd is not None:
        return usual_remedy(odd, provider).in_short
    if record.job.state is JobState.CANCELING and standing.severity >= Severity.WARNING:
        return _WAIT
    said = act_in_short(record, outlook, now)
    return (said and until_when(prospect_of(record, outlook, now), provider, now)) or said


def act_in_short(record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime) -> str:
    """Return what to do with a running job, as "Cancel it now"; '' if it asks for nothing."""
    act = act_on(record, outlook, now)
    return "" if act is None else _ACTS[act]


def _remedy_of_end(
    record: JobRecord, results: JobResults | None, provider: ProviderWords, now: datetime
) -> Remedy:
    is_lost = job_standing(record, now, results=results).has(Reason.RESULTS_LOST)
    facts = ResultsFacts() if results is None else results_facts(results)
    return remedy_after_end(record.job, facts, provider, now, is_lost=is_lost)


def remedy_after_end(
    job: BatchJob,
    results: ResultsFacts,
    provider: ProviderWords,
    now: datetime,
    *,
    is_lost: bool = False,
) -> Remedy:
    """Return what helps after an end, by what came back of it: its events are not read for that.

    `is_lost` is whether nobody will know that.
    """
    event = Event(
        kind=EventKind.RESULTS_LOST if is_lost else kind_of_status(job),
        account="",
        job_id=job.id,
        job=job,
        happened_at=now,
        seen_at=now,
        facts=Facts(results=results),
    )
    return remedy_of(event, provider)


def _is_awaited(results: JobResults | None) -> bool:
    """Whether what an end asks for is known once its files are read."""
    return results is not None and results.state is ResultsState.WAITING


def _oddity(standing: Standing) -> EventKind | None:
    """Return what is odd about a running job; None if nothing is, or its deadline is over."""
    if standing.has(Reason.OVERDUE):
        return None
    return next((kind for reason, kind in _ODD.items() if standing.has(reason)), None)


def _matters(record: JobRecord, standing: Standing, found: Prospect) -> bool:
    """Whether what is to be expected of a running job asks for a decision."""
    if standing.has(*PRESSING) or found.expectation in MISSING or found.is_lost:
        return True
    return _was_warned_of(record) and decision(found).cancels
