"""What each job of `status` asks for, and in which order they stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.core.standing.jobs import job_standing
from batchbell.messages.deeds import Deed, deed_of
from batchbell.runtime.provider import shipped
from batchbell.store.views.asked import asked_of

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
    return asked_of(status, status.open_failures | status.open_parts, shipped().words)


def older_asked(status: Status) -> int:
    """Return how many of the jobs that are left out ask for something, as their rows would say."""
    words = shipped().words
    return sum(
        deed_of(item.record, None, status.results.get(item.key), words, status.now) is not None
        for item in status.older
    )


def by_deed(status: Status, asked: Mapping[tuple[str, str], Deed]) -> Status:
    """Return the same with the most urgent deed first; what asks for the same keeps its order."""
    jobs = sorted(status.jobs, key=lambda item: asked.get(item.key, _NOTHING))
    return replace(status, jobs=jobs)


def is_bad_end(item: AccountJob, now: datetime, results: JobResults | None) -> bool:
    """Whether a job ended, and not well."""
    severity = job_standing(item.record, now, results=results).severity
    return item.record.job.finished and severity >= Severity.WARNING
