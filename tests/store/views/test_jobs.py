"""The page's order is SQL; `core.standing` decides, and both must say the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from batchbell.core.ended import ended_at
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.snapshot import JobRecord
from batchbell.core.standing.jobs import job_order, job_standing
from batchbell.store import accounts, jobs
from batchbell.store.views import jobs as job_views
from batchbell.store.views.open_ends import open_ends
from tests.fakes import START

if TYPE_CHECKING:
    from batchbell.store.database import Database

HOUR = timedelta(hours=1)
#: Words of some other provider.
MEANINGS: dict[str | None, JobState] = {"busy": JobState.IN_PROGRESS, "done": JobState.COMPLETED}


def records() -> list[JobRecord]:
    """Return a job of every standing, of every way to end and to be timed."""
    statuses = (
        *(None, "VALIDATING", "IN_PROGRESS", "PAUSED", "COMPLETED", "FAILED", "EXPIRED"),
        *("busy", "done"),
    )
    hours = (None, -2, 0, 1, 2)
    cases = product(statuses, hours, (frozenset[str](), frozenset({"vanished"})), (0, 3))
    running = record("000", "IN_PROGRESS", None, frozenset(), 0)
    return [
        replace(running, job=replace(running.job, id="at-risk"), at_risk=True),
        replace(running, job=replace(running.job, id="stalled"), stalled_since=START),
        *(
            record(f"{number * 7919 % 1000:03}", status, deadline, announced, missed)
            for number, (status, deadline, announced, missed) in enumerate(cases)
        ),
    ]


def record(
    job_id: str, status: str | None, hours: int | None, announced: frozenset[str], missed: int
) -> JobRecord:
    moment = None if hours is None else START + hours * HOUR
    created = START - 5 * HOUR if missed else None
    job = BatchJob(
        id=job_id,
        status=status,
        meaning=MEANINGS.get(status),
        job_deadline=moment,
        created_at=created,
        completed_at=min(moment, START) if moment and not announced else None,
    )
    since = START - int(job_id) * timedelta(minutes=1)
    blank = JobRecord(
        job=job,
        first_seen_at=since,
        last_seen_at=START,
        status_since=since if missed else since + HOUR,
        progress_since=since,
    )
    return replace(blank, announced=announced, missed_polls=missed)


def stored(database: Database) -> list[JobRecord]:
    found = records()
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        jobs.save(connection, "default", found)
    return found


def expected(found: list[JobRecord], *, finished: bool, now: datetime) -> list[str]:
    ordered = sorted(found, key=lambda item: job_order(item, now))
    return [item.job.id for item in ordered if item.job.finished is finished]


def test_running_jobs_come_in_the_order_of_attention(database: Database) -> None:
    found = stored(database)
    with database.read() as connection:
        shown = job_views.running(connection, START, offset=0, limit=1000)
    assert [item.record.job.id for item in shown] == expected(found, finished=False, now=START)


def test_finished_jobs_come_last_end_first(database: Database) -> None:
    found = stored(database)
    with database.read() as connection:
        shown = job_views.finished(connection, offset=0, limit=1000)
    assert [item.record.job.id for item in shown] == expected(found, finished=True, now=START)


def test_a_page_is_a_part_of_that_order(database: Database) -> None:
    found = stored(database)
    with database.read() as connection:
        shown = job_views.running(connection, START, offset=10, limit=5)
    order = expected(found, finished=False, now=START)
    assert [item.record.job.id for item in shown] == order[10:15]
    by_id = {item.job.id: item for item in found}
    assert all(item.record == by_id[item.record.job.id] for item in shown)


def test_severities_are_counted_as_they_stand(database: Database) -> None:
    found = stored(database)
    with database.read() as connection:
        counts = job_views.severities(connection, START)
    assert counts == Counter(
        job_standing(item, START).severity for item in found if not item.job.finished
    )


def test_the_ends_since_a_time_are_counted(database: Database) -> None:
    ended = [item for item in stored(database) if item.job.finished]
    with database.read() as connection:
        for since in (START - 1_000 * HOUR, START - HOUR, START + 1_000 * HOUR):
            expected = Counter(
                (item.job.state, None) for item in ended if since <= (ended_at(item) or START)
            )
            assert job_views.ends(connection, since) == expected


def test_jobs_are_counted_by_what_they_have_in_common(database: Database) -> None:
    found = stored(database)
    with database.read() as connection:
        kinds = job_views.kinds(connection)
    counts = {(kind.status, kind.model, kind.finished): kind.count for kind in kinds}
    assert counts == Counter(
        (item.job.status, item.job.model_id, item.job.finished) for item in found
    )
    assert {kind.account for kind in kinds} == {"default"}


@pytest.mark.sqlite
def test_an_index_finds_what_runs_and_the_last_to_end(database: Database) -> None:
    with database.read() as connection:
        plans: list[str] = []

        def explain(_c: object, cursor: Any, statement: str, parameters: Any, *_: object) -> None:
            plan = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            plans.extend(line[-1] for line in plan)

        event.listen(connection, "before_cursor_execute", explain)
        job_views.finished(connection, offset=0, limit=50)
        job_views.ends(connection, START)
        job_views.running(connection, START, offset=0, limit=25)
        job_views.severities(connection, START)
        job_views.of_interest(connection, ended_since=START)
        open_ends(connection, START)
    assert sum("INDEX ix_batch_jobs_finished_ended_at" in plan for plan in plans) >= 5
    assert sum("COVERING INDEX ix_events_kind_seen_at_account_job" in plan for plan in plans) == 1
    assert sum("COVERING INDEX ix_batch_jobs_ended_badly" in plan for plan in plans) == 1
    assert sum("results USING INDEX ix_results_counted_at" in plan for plan in plans) == 1
    assert not [plan for plan in plans if plan.startswith(("SCAN batch_jobs", "SCAN events"))]
