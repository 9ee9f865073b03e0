"""What a reader can do about a job as it stands now, whatever was told last."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.awaiting import results_facts
from batchbell.core.deadline import armed, is_same_deadline, may_tell_risk
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.facts import Facts, ResultsFacts
from batchbell.core.forecast.expectation import MISSING, Expectation, WaitsFor
from batchbell.core.forecast.prospect import prospect_of, with_ring
from batchbell.core.provider import JobState
from batchbell.core.results.job_results import ResultsState
from batchbell.core.ring import ring_at
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import PRESSING, Reason
from batchbell.core.transition import kind_of_status
from batchbell.messages.advice import remedy_of, usual_remedy, what_helps_now
from batchbell.messages.prospect_advice import (
    act_of,
    counts_on_the_bell,
    until_when,
    what_to_expect,
)
from batchbell.messages.prospect_decision import Act
from batchbell.messages.remedy import NOTHING, ByHand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from batchbell.core.forecast.expectation import Prospect
    from batchbell.core.job import BatchJob
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.provider import ProviderWords
    from batchbell.core.results.job_results import JobResults
    from batchbell.core.ring import Ring
    from batchbell.core.snapshot import JobRecord
    from batchbell.core.standing.verdict import Standing
    from batchbell.messages.remedy import Remedy

#: What helps against each oddity is what its event asks for; the first that holds counts.
_ODD: Mapping[Reason, EventKind] = {
    Reason.VANISHED: EventKind.VANISHED,
    Reason.STATUS_UNKNOWN: EventKind.STATUS_UNKNOWN,
}
#: What to do with a running job, in a few words.
_ACTS: Mapping[Act, str] = {
    Act.CANCEL_NOW: "Cancel it now",
    Act.CANCEL_LATER: "Wait; cancel it if it does not move",
    Act.WAIT: "Wait",
    Act.LET_RUN: "Let it run",
}

#: What to do about one that is being cancelled.
_WAIT = "Wait for its end"


class Help(NamedTuple):
    """What helps."""

    #: As sentences; '' if there is nothing to do.
    text: str
    #: What to do with a job that runs.
    act: Act = Act.LET_RUN
    #: What only people can do before its requests are sent again.
    by_hand: ByHand = NOTHING
    #: Whether it counts on the bell, whose next moment it names.
    counts_on_the_bell: bool = False


def what_helps(
    record: JobRecord,
    outlook: Forecast | NoForecast | None,
    events: Iterable[Event],
    provider: ProviderWords,
    now: datetime,
    *,
    zone: tzinfo = UTC,
) -> Help:
    """Return what helps.

    `outlook` is of a job that runs, `events` are all that happened to it, the oldest first: they
    say what an end asks for. Of a job that has not ended its present standing counts.
    """
    if record.job.finished:
        after = what_helps_now(events, provider, zone)
        return Help(after.text, by_hand=after.by_hand)
    standing, found = job_standing(record, now), prospect_of(record, outlook, now)
    odd, told = oddity(standing), [*events]
    if odd is not None:
        usual = usual_remedy(odd, provider)
        return Help(usual.text, by_hand=usual.by_hand)
    asked = what_helps_now(told, provider, zone).text
    if found.expectation is Expectation.OPEN and record.job.job_deadline is None:
        return Help(asked)
    if not (asked or _matters(record, standing, found)):
        return Help("")
    if found.ring is None:
        found = with_ring(found, _next_ring(record, told, now), now)
    helps = what_to_expect(found, provider, now=now, zone=zone, is_live=True)
    return Help(helps, act_of(found), counts_on_the_bell=counts_on_the_bell(found))


def _next_ring(record: JobRecord, events: Sequence[Event], now: datetime) -> Ring | None:
    """Return when the bell rings next about a job, as the last message of its deadline said."""
    told = (
        event.facts.deadline.next_ring
        for event in reversed(events)
        if event.job and is_same_deadline(event.job.job_deadline, record.job.job_deadline)
    )
    return ring_at(record.job, next(filter(None, told), None), now)


def act_on(record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime) -> Act | None:
    """Return what to do with a running job; None if it needs nothing, or something else."""
    standing, found = job_standing(record, now), prospect_of(record, outlook, now)
    is_odd = oddity(standing) is not None
    is_decided = record.job.finished or found.expectation is Expectation.CANCELING
    is_open = found.expectation is Expectation.OPEN and record.job.job_deadline is None
    if is_odd or is_decided or is_open or not _matters(record, standing, found):
        return None
    return act_of(found)


def nobody_rings(record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime) -> bool:
    """Whether no bell rings as the patience with a job ends, or its average pace is too slow."""
    waits_for = prospect_of(record, outlook, now).waits_for
    is_patience = waits_for is WaitsFor.PATIENCE
    return waits_for is WaitsFor.PACE or (is_patience and not may_tell_risk(record))


def was_warned_of(record: JobRecord) -> bool:
    """Whether a warning about its deadline was due: that asked for a decision."""
    known = armed(record)
    return known is not None and known.told_step is not None


def helps_in_short(
    record: JobRecord,
    outlook: Forecast | NoForecast | None,
    results: JobResults | None,
    provider: ProviderWords,
    now: datetime,
    *,
    zone: tzinfo = UTC,
) -> str:
    """Return what helps in a few words; '' if nothing is known to, or has to.

    It is the first that a message about it asks for.
    """
    if record.job.finished:
        is_read = not is_awaited(results)
        return remedy_of_end(record, results, provider, now).in_short if is_read else ""
    standing = job_standing(record, now)
    odd = oddity(standing)
    if odd is not None:
        return usual_remedy(odd, provider).in_short
    if record.job.state is JobState.CANCELING and standing.severity >= Severity.WARNING:
        return _WAIT
    said = act_in_short(record, outlook, now)
    return (said and until_when(prospect_of(record, outlook, now), provider, now, zone)) or said


def act_in_short(record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime) -> str:
    """Return what to do with a running job, as "Cancel it now"; '' if it asks for nothing."""
    act = act_on(record, outlook, now)
    return "" if act is None else _ACTS[act]


def remedy_of_end(
    record: JobRecord, results: JobResults | None, provider: ProviderWords, now: datetime
) -> Remedy:
    """Return what helps with a job that has ended, by what is known of its results."""
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
    input_file: str = "",
    zone: tzinfo = UTC,
) -> Remedy:
    """Return what helps after an end, by what came back of it: its events are not read for that.

    `is_lost` is whether nobody will know that.
    """
    event = event_of_end(job, results, now, is_lost=is_lost, input_file=input_file)
    return remedy_of(event, provider, zone=zone)


def event_of_end(
    job: BatchJob,
    results: ResultsFacts,
    now: datetime,
    *,
    is_lost: bool = False,
    input_file: str = "",
) -> Event:
    """Return the event that an end is, or the loss of its results, without what else is known."""
    return Event(
        kind=EventKind.RESULTS_LOST if is_lost else kind_of_status(job),
        account="",
        job_id=job.id,
        job=job,
        happened_at=now,
        seen_at=now,
        facts=Facts(results=results, input_file=input_file),
    )


def is_awaited(results: JobResults | None) -> bool:
    """Whether what an end asks for is known once its files are read."""
    return results is not None and results.state is ResultsState.WAITING


def oddity(standing: Standing) -> EventKind | None:
    """Return what is odd about a running job; None if nothing is, or its deadline is over."""
    if standing.has(Reason.OVERDUE):
        return None
    return next((kind for reason, kind in _ODD.items() if standing.has(reason)), None)


def _matters(record: JobRecord, standing: Standing, found: Prospect) -> bool:
    """Whether what is to be expected of a running job asks for a decision."""
    if standing.has(*PRESSING) or found.expectation in MISSING or found.is_lost:
        return True
    return was_warned_of(record) and act_of(found) is not Act.LET_RUN
