"""What jobs ask for where many are listed: `status` and the page count them by the same deeds."""

from __future__ import annotations

from collections import defaultdict
from enum import IntEnum
from typing import TYPE_CHECKING, TypeVar

from batchbell.core.ended import ended_at
from batchbell.core.event import EventKind, Severity
from batchbell.core.forecast.prospect import prospect_of
from batchbell.core.results.job_results import ResultsState
from batchbell.core.standing.jobs import FAILURE_NEEDS_A_LOOK, end_severity, job_standing
from batchbell.core.transition import kind_of_status
from batchbell.messages.prospect_decision import Act
from batchbell.messages.remedy import Asks
from batchbell.messages.standing_advice import (
    act_on,
    is_awaited,
    nobody_rings,
    oddity,
    remedy_of_end,
    was_warned_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping
    from datetime import datetime

    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.provider import ProviderWords
    from batchbell.core.results.job_results import JobResults
    from batchbell.core.snapshot import JobRecord

Item = TypeVar("Item")


class Deed(IntEnum):
    """What a job that needs a look asks for as it stands now, the most urgent first."""

    CANCEL_NOW = 0
    #: Nobody knows what came back of it, and files are not kept for ever.
    ASK_FOR_RESULTS = 1
    #: Its input has to be mended.
    REPAIR = 2
    #: Nothing of it came back: all of it, as it was.
    SUBMIT = 3
    #: It was cut short: all of it again would be paid for twice.
    SUBMIT_REST = 4
    #: It completed, and some of its requests have no answer of use.
    SUBMIT_PART = 5
    #: Somebody cancelled it, and knows whether it is still needed.
    SUBMIT_IF_NEEDED = 6
    #: Somebody should find out what happened.
    LOOK = 7
    #: It may have to be cancelled later, and no bell rings then.
    LOOK_AGAIN = 8
    #: It may have to be cancelled later.
    WAIT = 9
    LET_RUN = 10


#: How many jobs there are of each, behind a count.
_COUNTED: Mapping[Deed, str] = {
    Deed.CANCEL_NOW: "to cancel now",
    Deed.ASK_FOR_RESULTS: "with results lost",
    Deed.REPAIR: "to repair",
    Deed.SUBMIT: "to submit again",
    Deed.SUBMIT_REST: "expired, the rest to submit",
    Deed.SUBMIT_PART: "completed, a part to submit again",
    Deed.SUBMIT_IF_NEEDED: "cancelled, to submit if needed",
    Deed.LOOK: "to look into",
    Deed.LOOK_AGAIN: "to look at again later",
    Deed.WAIT: "to wait for",
    Deed.LET_RUN: "to let run",
}
#: The same where a line has less room: what to do, or else what nobody takes for good news.
_COUNTED_IN_SHORT: Mapping[Deed, str] = {
    **_COUNTED,
    Deed.SUBMIT: "to submit",
    Deed.SUBMIT_REST: "expired",
    Deed.SUBMIT_PART: "to submit in part",
    Deed.SUBMIT_IF_NEEDED: "cancelled",
    Deed.LOOK_AGAIN: "for later",
}
#: How bad it is that a deed is left undone; others are as bad as the worst of their jobs.
_SEVERITIES: Mapping[Deed, Severity] = {
    Deed.CANCEL_NOW: Severity.FAILURE,
    Deed.LET_RUN: Severity.INFO,
}
#: What a failure asks for that is known.
_DEED_OF_FAILURE: Mapping[Asks, Deed] = {
    Asks.REPAIR: Deed.REPAIR,
    Asks.SUBMIT: Deed.SUBMIT,
    Asks.FETCH: Deed.SUBMIT_REST,
}
_DEED_OF_ACT: Mapping[Act, Deed] = {
    Act.CANCEL_NOW: Deed.CANCEL_NOW,
    Act.CANCEL_LATER: Deed.WAIT,
    Act.WAIT: Deed.WAIT,
    Act.LET_RUN: Deed.LET_RUN,
}


def deed_of(
    record: JobRecord,
    outlook: Forecast | NoForecast | None,
    results: JobResults | None,
    provider: ProviderWords,
    now: datetime,
) -> Deed | None:
    """Return what a job asks for; None of one that needs no look."""
    if record.job.finished:
        return _deed_of_end(record, results, provider, now)
    standing = job_standing(record, now)
    if oddity(standing) is not None:
        return Deed.LOOK
    act = act_on(record, outlook, now)
    if act is None:
        # One that is being cancelled may look bad: nothing is left to do about it.
        return Deed.LET_RUN if standing.severity >= Severity.WARNING else None
    is_silent = act is Act.CANCEL_LATER and nobody_rings(record, outlook, now)
    return Deed.LOOK_AGAIN if is_silent else _DEED_OF_ACT[act]


def _deed_of_end(
    record: JobRecord, results: JobResults | None, provider: ProviderWords, now: datetime
) -> Deed | None:
    """Return what an end asks for; what is left of it is to be sent again, unless that asks more.

    What that is is known once its files are read.
    """
    asks = remedy_of_end(record, results, provider, now).asks
    if is_awaited(results) or asks > Asks.DECIDE:
        return None
    if asks is Asks.LOOK:
        is_lost = results is not None and results.state is ResultsState.LOST
        return Deed.ASK_FOR_RESULTS if is_lost else Deed.LOOK
    if asks is Asks.DECIDE:
        return Deed.SUBMIT_IF_NEEDED
    is_expired = kind_of_status(record.job) is EventKind.EXPIRED
    if asks is Asks.FETCH and not is_expired:
        return Deed.SUBMIT_PART
    return _DEED_OF_FAILURE.get(asks, Deed.LOOK)


def is_asked_for(record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime) -> bool:
    """Whether what a job asks for is shown where many jobs are.

    Of one that is merely forecast to be late nobody was told: that may well change.
    """
    if record.job.finished or job_standing(record, now).severity >= Severity.WARNING:
        return True
    return prospect_of(record, outlook, now).is_lost or was_warned_of(record)


def is_to_act_on(deed: Deed | None) -> bool:
    """Whether a job is counted as one to act on.

    That is not who waits, nor one that was cancelled: its deed is counted by itself, for whoever
    cancelled it knows whether it is needed.
    """
    return deed is not None and deed < Deed.LOOK_AGAIN and deed is not Deed.SUBMIT_IF_NEEDED


def is_news(record: JobRecord, results: JobResults | None, now: datetime) -> bool:
    """Whether an end that is no failure is bad, and not long ago: it is listed until then.

    A failure that is not open was there before anybody watched, or is that old.
    """
    at = ended_at(record)
    is_bad = end_severity(record.job, results) is Severity.WARNING
    return is_bad and at is not None and now - at <= FAILURE_NEEDS_A_LOOK


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


def counted_in_short(deed: Deed, count: int) -> str:
    """Return the same in fewer words, as "9 to submit in part"."""
    return f"{count:,} {_COUNTED_IN_SHORT[deed]}"


def cancelling_keeps(asked: Container[Deed], provider: ProviderWords) -> str:
    """Say what becomes of what is done of a job that is cancelled; '' if none is to be."""
    if Deed.CANCEL_NOW not in asked:
        return ""
    return f"Cancelling keeps what is done{', and it is billed' if provider.bills_parts else ''}."


def severity_of_deed(deed: Deed, of_jobs: Iterable[Severity]) -> Severity:
    """Return how bad it is that a deed is left undone, by how badly its jobs stand."""
    return _SEVERITIES[deed] if deed in _SEVERITIES else max(of_jobs)
