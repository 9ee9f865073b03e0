"""What each job of `status` asks for, and in which order they stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.ended import ended_at
from batchbell.core.event import Severity
from batchbell.core.standing.jobs import end_severity, job_standing
from batchbell.messages.standing_advice import Deed, deed_of, is_asked_for
from batchbell.runtime.provider import shipped
from batchbell.store.views.status import RECENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import Status

#: Behind every deed.
_NOTHING = len(Deed)


def asked_of(status: Status) -> Mapping[tuple[str, str], Deed]:
    """Return what jobs ask for by account and id, those that need nobody left out."""
    judged = ((item.key, _deed(item, status)) for item in status.jobs)
    return {key: deed for key, deed in judged if deed is not None}


def by_deed(status: Status, asked: Mapping[tuple[str, str], Deed]) -> Status:
    """Return the same with the most urgent deed first; what asks for the same keeps its order."""
    jobs = sorted(status.jobs, key=lambda item: asked.get(item.key, _NOTHING))
    return replace(status, jobs=jobs)


def _deed(item: AccountJob, status: Status) -> Deed | None:
    is_news = _is_news(item, status) if item.record.job.finished else _presses(item, status)
    if not is_news:
        return None
    outlook, results = status.outlook(item), status.results.get(item.key)
    return deed_of(item.record, outlook, results, shipped().words, status.now)


def _presses(item: AccountJob, status: Status) -> bool:
    """Whether a running job asks for something; of one that was not forecast its standing says."""
    outlook = status.outlook(item)
    if outlook is None:
        return job_standing(item.record, status.now).severity >= Severity.WARNING
    return is_asked_for(item.record, outlook, status.now)


def _is_news(item: AccountJob, status: Status) -> bool:
    """Whether an end is bad, not long ago, and acknowledged by nobody."""
    if item.key in status.open_failures:
        return True
    if item.key in status.acks:
        return False
    # A failure that is not open was there before anybody watched, or is a day old.
    is_bad = end_severity(item.record.job, status.results.get(item.key)) is Severity.WARNING
    at = ended_at(item.record)
    return is_bad and at is not None and status.now - at <= RECENT
