"""What jobs ask for that ended too long ago to be listed, and not so long that it is history."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, or_

from batchbell.core.provider import JobState
from batchbell.core.results.job_results import ResultsState
from batchbell.messages.deeds import deed_of
from batchbell.store import acks
from batchbell.store.job_conditions import FINISHED, STATE
from batchbell.store.job_rows import job_rows, read_jobs
from batchbell.store.tables import ENDED_AT, batch_jobs, results
from batchbell.store.types import Instant
from batchbell.store.views.not_whole import IS_WHOLE
from batchbell.store.views.results import results_in_brief
from batchbell.store.views.status import RECENT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.provider import ProviderWords
    from batchbell.messages.deeds import Deed

#: What ended longer ago is history, whatever became of it: nobody acknowledges the jobs of a year.
REMEMBERED_FOR = timedelta(days=7)


def older_ends(
    connection: Connection, now: datetime, provider: ProviderWords
) -> Mapping[tuple[str, str], Deed]:
    """Return what jobs that nobody acknowledged ask for by account and id; `now` is the API's.

    What was ended before anybody watched is among them: its row asks for the same.
    """
    seen = acks.load_all(connection)
    span = {"since": now - REMEMBERED_FOR, "until": now - RECENT}
    found = [item for item in read_jobs(connection, _QUERY, span) if item.key not in seen]
    known = results_in_brief(connection, ((item.key, item.record.job) for item in found))
    asked = (
        (item.key, deed_of(item.record, None, known.get(item.key), provider, now)) for item in found
    )
    return {key: deed for key, deed in asked if deed is not None}


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
