"""Note what a command counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.results.job_results import ResultsState
from batchbell.store import jobs, results, schema
from batchbell.store.database import about_account

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.results.job_results import JobResults
    from batchbell.store.database import Database


def record_results(database: Database, found: JobResults, now: datetime) -> bool:
    """Store counted results of a job in the snapshot; False if that is not ours to do.

    An end whose files the daemon is about to read is left to it: it tells of the verdict. Raises
    `DatabaseError`.
    """
    with database.write(about_account(found.account)) as connection:
        schema.require_current(connection)
        stored = results.load(connection, found.account, found.job_id)
        is_claimed = stored is not None and stored.state is ResultsState.WAITING
        if is_claimed or jobs.one(connection, found.account, found.job_id) is None:
            return False
        results.save(connection, found, now)
    return True
