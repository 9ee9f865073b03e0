"""What each job of `status` asks for, and in which order they stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.ended import ended_at
from batchbell.core.event import Severity
from batchbell.core.standing.jobs import job_standing
from batchbell.messages.deeds import Deed
from batchbell.runtime.provider import shipped
from batchbell.store.views.asked import asked_of
from batchbell.store.views.older_ends import REMEMBERED_FOR

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from batchbell.core.results.job_results import JobResults
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import Status

#: Behind every deed.
_NOTHING = len(Deed)


def asked_in(status: Status) -> Mapping[tuple[str, str], Deed]:
    """Return what jobs ask for by account and id, those that need nobody left out."""
    ends = status.open_failures | status.open_parts | status.older_ends
    # A daemon that was off for long may have told of one just now.
    history = {item.key for item in status.jobs if _is_history(item, status.now)}
    return asked_of(status, ends - history, shipped().words)


def by_deed(status: Status, asked: Mapping[tuple[str, str], Deed]) -> Status:
    """Return the same with the most urgent deed first; what asks for the same keeps its order."""
    jobs = sorted(status.jobs, key=lambda item: asked.get(item.key, _NOTHING))
    return replace(status, jobs=jobs)


def is_done_with(item: AccountJob, status: Status) -> bool:
    """Whether nothing is asked of an end any more: it was acknowledged, or is history."""
    return item.key in status.acks or _is_history(item, status.now)


def _is_history(item: AccountJob, now: datetime) -> bool:
    at = ended_at(item.record)
    return at is not None and now - at > REMEMBERED_FOR


def is_bad_end(item: AccountJob, now: datetime, results: JobResults | None) -> bool:
    """Whether a job ended, and not well."""
    severity = job_standing(item.record, now, results=results).severity
    return item.record.job.finished and severity >= Severity.WARNING
