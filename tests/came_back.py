"""Results of jobs, made up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.results.cause import Cause
from batchbell.core.results.collecting import Collection, files_of
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.core.results.lines import Tokens
from batchbell.store import results
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.store.database import Database

#: A prompt as it would be if somebody sent one as a `custom_id`.
ATTACK = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
CAUSES = (
    Cause(
        code="429", message="Rate limit …", count=30, share=0.75, example="req-1", retry_helps=True
    ),
    Cause(code="", message="", count=10, share=0.25, example=ATTACK, retry_helps=False),
)


def partial(job: BatchJob, account: str = "default", *, at: datetime = START) -> JobResults:
    """Return what is known of a job of which forty requests failed and ten are missing."""
    return JobResults(
        account=account,
        job_id=job.id,
        status=job.status or "",
        state=ResultsState.COUNTED,
        verdict=Verdict.PARTIAL,
        counts=Counts(requests=1_000, succeeded=950, failed=40, missing=10, foreign=0, empty=5),
        tokens=Tokens(400_000, 12_000, 412_000),
        causes=CAUSES,
        files=files_of(job),
        counted_at=at,
    )


def unread(job: BatchJob, state: ResultsState, reason: str = "") -> JobResults:
    """Return what is known of a job of which nothing was counted."""
    return JobResults(
        account="default",
        job_id=job.id,
        status=job.status or "",
        state=state,
        verdict=Verdict.UNKNOWN if state is ResultsState.LOST else None,
        files=files_of(job),
        reason=reason,
    )


def put(database: Database, *known: JobResults, at: datetime = START, attempts: int = 0) -> None:
    """Put results into the database, those that wait with a next attempt in seven minutes."""
    with database.write() as connection:
        results.begin(
            connection,
            [
                Collection(
                    results=each,
                    created_at=at,
                    free_at=at + MINUTE,
                    give_up_at=at + timedelta(hours=23),
                    next_attempt_at=at + 7 * MINUTE,
                    attempts=attempts,
                )
                for each in known
            ],
        )
