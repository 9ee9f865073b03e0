"""The jobs that ended too long ago to be listed, and may still ask for something."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, bindparam, or_

from batchbell.core.provider import JobState
from batchbell.core.results.job_results import ResultsState
from batchbell.store import acks
from batchbell.store.job_conditions import FINISHED, STATE
from batchbell.store.job_rows import job_rows, read_jobs
from batchbell.store.tables import ENDED_AT, batch_jobs, results
from batchbell.store.types import Instant
from batchbell.store.views.not_whole import IS_WHOLE
from batchbell.store.views.results import results_in_brief
from batchbell.store.views.status import RECENT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.results.job_results import JobResults
    from batchbell.store.job_rows import AccountJob

#: What ended longer ago is history, whatever became of it: nobody acknowledges the jobs of a year.
REMEMBERED_FOR = timedelta(days=7)


class OlderEnds(NamedTuple):
    """Some jobs, and what came back of them by account and id."""

    jobs: Sequence[AccountJob]
    results: Mapping[tuple[str, str], JobResults]


def older_ends(connection: Connection, now: datetime) -> OlderEnds:
    """Read those that ended not well, and that nobody acknowledged; `now` is on the API's clock.

    What was ended before anybody watched is among them: its row asks for the same.
    """
    seen = acks.load_all(connection)
    span = {"since": now - REMEMBERED_FOR, "until": now - RECENT}
    found = [item for item in read_jobs(connection, _QUERY, span) if item.key not in seen]
    known = results_in_brief(connection, ((item.key, item.record.job) for item in found))
    return OlderEnds(found, known)


# Of ten thousand ends nearly all are whole: the database leaves those out.
_NOT_WELL = or_(
    STATE.not_in([JobState.COMPLETED.value]),
    batch_jobs.c.error_file_id.is_not(None),
    batch_jobs.c.output_file_id.is_(None),
    IS_WHOLE.is_(False),
    results.c.state == ResultsState.LOST.value,
)
_WITH_RESULTS = batch_jobs.outerjoin(
    results, and_(results.c.account == batch_jobs.c.account, results.c.job == batch_jobs.c.id)
)
_QUERY = (
    job_rows()
    .select_from(_WITH_RESULTS)
    .where(
        FINISHED,
        bindparam("since", type_=Instant) <= ENDED_AT,
        bindparam("until", type_=Instant) > ENDED_AT,
        _NOT_WELL,
    )
)
