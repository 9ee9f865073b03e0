"""What a reader can do about a job as it stands now, whatever was told last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.outlook import Forecast
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import Reason
from batchbell.messages.advice import helps_with, in_time, what_helps_now

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.outlook import NoForecast
    from batchbell.core.provider import ProviderWords
    from batchbell.core.snapshot import JobRecord

#: What helps against each reason is what its event asks for; the first that holds counts.
_ASKS: Mapping[Reason, EventKind] = {
    Reason.OVERDUE: EventKind.DEADLINE_MISSED,
    Reason.VANISHED: EventKind.VANISHED,
    Reason.STATUS_UNKNOWN: EventKind.STATUS_UNKNOWN,
    Reason.AT_RISK: EventKind.AT_RISK,
    Reason.STALLED: EventKind.STALLED,
}


def what_helps(
    record: JobRecord,
    outlook: Forecast | NoForecast | None,
    events: Iterable[Event],
    provider: ProviderWords,
    now: datetime,
) -> str:
    """Return what helps, as sentences; '' if there is nothing to do.

    `outlook` is of a job that runs, `events` are all that happened to it, the oldest first: they
    say what an end asks for. Of a job that has not ended its present standing counts.
    """
    if record.job.finished:
        return what_helps_now(events, provider)
    standing = job_standing(record, now)
    for reason, kind in _ASKS.items():
        if standing.has(reason):
            return helps_with(kind, provider)
    asked = what_helps_now(events, provider)
    is_asking = bool(asked) or standing.has(Reason.DEADLINE_CLOSE)
    return _by_deadline(record, outlook, provider, is_asking=is_asking) or asked


def _by_deadline(
    record: JobRecord,
    outlook: Forecast | NoForecast | None,
    provider: ProviderWords,
    *,
    is_asking: bool,
) -> str:
    """Return what a forecast says about a deadline ahead; '' without one of them."""
    deadline = record.job.job_deadline
    if deadline is None or not isinstance(outlook, Forecast):
        return ""
    if outlook.finish > deadline:
        return helps_with(EventKind.AT_RISK, provider)
    return in_time(outlook.latest, deadline, provider) if is_asking else ""
