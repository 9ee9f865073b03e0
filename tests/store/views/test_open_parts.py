"""Which jobs that ended, not as failures, have something left to do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import delete

from batchbell.core.event import EventKind
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.core.snapshot import JobRecord
from batchbell.core.standing.jobs import FAILURE_NEEDS_A_LOOK
from batchbell.store import accounts, acks, jobs, results
from batchbell.store.remembered_answers import RememberedAnswers
from batchbell.store.tables import events
from batchbell.store.views.not_whole import not_whole_since
from batchbell.store.views.open_ends import open_ends_by
from batchbell.store.views.open_parts import dated_parts
from tests.came_back import partial, put, unread
from tests.fakes import MINUTE, START
from tests.store.views.test_open_failures import told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.store.database import Database

WHOLE = BatchJob(id="whole", status="COMPLETED", output_file_id="file-out")


def ended(database: Database, *found: BatchJob, at: datetime = START) -> None:
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        records = [
            JobRecord(
                job=replace(job, completed_at=at),
                first_seen_at=at - MINUTE,
                last_seen_at=at,
                status_since=at,
                progress_since=at,
            )
            for job in found
        ]
        jobs.save(connection, "default", records)
        for job in found:
            # What tells it by kind is of no matter, as long as it is an end.
            told(connection, job.id, EventKind.CANCELLED, at, qualifier=f"end:{job.status}")


def counted(database: Database, known: JobResults) -> None:
    put(database, known)
    with database.write() as connection:
        results.save(connection, known, START)


def found(database: Database, now: datetime = START) -> Sequence[str]:
    with database.read() as connection:
        not_whole = not_whole_since(connection, now - FAILURE_NEEDS_A_LOOK)
        ends = [key for _, key in dated_parts(connection, now, not_whole)]
    assert {account for account, _ in ends} <= {"default"}
    return [job_id for _, job_id in ends]


def test_by_themselves_those_are_that_had_errors_or_were_cancelled(database: Database) -> None:
    ended(
        database,
        WHOLE,
        replace(WHOLE, id="errors", error_file_id="file-err"),
        replace(WHOLE, id="stopped", status="CANCELLED"),
        # These are failures.
        replace(WHOLE, id="empty", output_file_id=None, error_file_id="file-err"),
        replace(WHOLE, id="expired", status="EXPIRED"),
        replace(WHOLE, id="failed", status="FAILED", error_file_id="file-err"),
    )
    assert sorted(found(database)) == ["errors", "stopped"]


def test_results_say_more_than_an_end(database: Database) -> None:
    some = [replace(WHOLE, id=name) for name in ("part", "cut", "well", "lost", "open")]
    ended(database, *some)
    part, cut, well, lost, waits = some
    counts = replace(partial(cut).counts or Counts(), failed=0, missing=0, empty=0, truncated=3)
    complete = replace(partial(cut), verdict=Verdict.COMPLETE, counts=counts)
    good = replace(complete, job_id=well.id, counts=replace(counts, truncated=0))
    counted(database, partial(part))
    counted(database, complete)
    counted(database, good)
    # Its failure is counted elsewhere, and what waits may be whole.
    counted(database, unread(lost, ResultsState.LOST))
    put(database, unread(replace(waits, error_file_id="file-err"), ResultsState.WAITING))
    assert sorted(found(database)) == ["cut", "part"]


def test_what_waits_to_be_counted_is_not_known_to_be_one(database: Database) -> None:
    job = replace(WHOLE, id="open", error_file_id="file-err")
    ended(database, job)
    assert found(database) == ["open"]
    put(database, unread(job, ResultsState.WAITING))
    assert found(database) == []


def test_the_last_to_end_comes_first_and_a_day_later_it_is_history(database: Database) -> None:
    stopped = replace(WHOLE, status="CANCELLED")
    ended(database, replace(stopped, id="first"), at=START - MINUTE)
    ended(database, replace(stopped, id="last"))
    assert found(database) == ["last", "first"]
    assert found(database, START + FAILURE_NEEDS_A_LOOK) == ["last"]
    assert found(database, START + FAILURE_NEEDS_A_LOOK + MINUTE) == []


def test_one_that_somebody_acknowledged_is_left_out(database: Database) -> None:
    ended(database, replace(WHOLE, id="seen", status="CANCELLED"))
    with database.write() as connection:
        number = told(connection, "seen", EventKind.INCOMPLETE)
        acks.save(connection, "default", "seen", event_id=number, now=START)
    assert found(database) == []


def test_what_a_first_poll_found_ended_is_no_news(database: Database) -> None:
    found_ended = replace(WHOLE, id="errors", error_file_id="file-err"), replace(WHOLE, id="part")
    ended(database, *found_ended)
    counted(database, partial(found_ended[1]))
    assert sorted(found(database)) == ["errors", "part"]
    with database.write() as connection:
        connection.execute(delete(events))
    assert found(database) == []


def test_what_is_remembered_ages_without_being_read_again(database: Database) -> None:
    ended(database, replace(WHOLE, id="stopped", status="CANCELLED"), at=START - MINUTE)
    remembered = RememberedAnswers(database.state)
    with database.read() as connection:
        ask = remembered.of(connection)
        assert open_ends_by(ask, START).parts == [("default", "stopped")]
        assert open_ends_by(ask, START + FAILURE_NEEDS_A_LOOK).parts == []
