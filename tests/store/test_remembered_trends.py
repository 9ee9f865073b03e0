"""How running jobs move on, in memory beside the database that has their progress."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import event

from batchbell.core.forecast.trend import trend_of
from batchbell.core.outlook import Obstacle
from batchbell.core.snapshot import ProgressSample
from batchbell.store import accounts, jobs, samples
from batchbell.store.remembered_trends import RememberedTrends
from batchbell.store.samples import latest_samples_of
from tests.fakes import MINUTE, START
from tests.store.test_samples import record_of

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.store.database import Database, Transaction

JOBS = ("job-1", "job-2", "job-3")
NOW = START + 10 * MINUTE


def filled(database: Database) -> None:
    with database.write() as transaction:
        accounts.save(transaction, accounts.load(transaction, "default"))
        jobs.save(transaction, "default", [record_of(each) for each in JOBS])
        for number in range(5):
            move(transaction, *JOBS[:2], at=START + number * MINUTE, progress=number / 10)


def move(transaction: Transaction, *job_ids: str, at: datetime, progress: float) -> None:
    moved = [ProgressSample(job_id=each, at=at, progress=progress) for each in job_ids]
    samples.save(transaction, "default", moved)


def asked_jobs(
    remembered: RememberedTrends,
    transaction: Transaction,
    moved_at: dict[str, datetime],
    now: datetime = NOW,
) -> int:
    """Ask for trends, see that they are those of the database, return of how many jobs it read."""
    read: list[object] = []
    database_asked = "before_cursor_execute"

    def note(*given: object) -> None:
        read.extend(each for each in JOBS if each in str(given[3]))

    records = {
        job_id: replace(record_of(job_id), progress_since=at) for job_id, at in moved_at.items()
    }
    event.listen(transaction.engine, database_asked, note)
    found = remembered.of(transaction, "default", records, now)
    event.remove(transaction.engine, database_asked, note)
    stored = latest_samples_of(transaction, "default", moved_at)
    assert found == {
        job_id: trend_of(stored.get(job_id, ()), started_at=START, now=now) for job_id in moved_at
    }
    return len(read)


def test_only_who_moved_is_read_again(database: Database) -> None:
    filled(database)
    remembered, moved_at = RememberedTrends(), dict.fromkeys(JOBS[:2], START + 4 * MINUTE)
    with database.write() as transaction:
        assert asked_jobs(remembered, transaction, moved_at) == 2
        assert asked_jobs(remembered, transaction, moved_at) == 0
        move(transaction, "job-1", at=START + 5 * MINUTE, progress=0.7)
        moved_at["job-1"] = START + 5 * MINUTE
        assert asked_jobs(remembered, transaction, moved_at) == 1
        assert asked_jobs(remembered, transaction, moved_at) == 0


def test_a_job_that_started_anew_is_judged_from_then(database: Database) -> None:
    filled(database)
    remembered = RememberedTrends()
    record = replace(record_of("job-1"), progress_since=START + 4 * MINUTE)
    with database.read() as transaction:
        before = remembered.of(transaction, "default", {"job-1": record}, NOW)
        anew = replace(record, status_since=START + MINUTE, first_seen_at=START)
        after = remembered.of(transaction, "default", {"job-1": anew}, NOW)
        stored = latest_samples_of(transaction, "default", ["job-1"])["job-1"]
    assert before != after
    assert after["job-1"] == trend_of(stored, started_at=START + MINUTE, now=NOW)


def test_a_trend_of_which_some_is_still_ahead_is_not_kept(database: Database) -> None:
    filled(database)
    remembered, moved_at = RememberedTrends(), {"job-1": START + 4 * MINUTE}
    with database.read() as transaction:
        assert asked_jobs(remembered, transaction, moved_at, START + 3 * MINUTE) == 1
        assert asked_jobs(remembered, transaction, moved_at, START + 4 * MINUTE) == 1
        assert asked_jobs(remembered, transaction, moved_at, START + 5 * MINUTE) == 0
        assert asked_jobs(remembered, transaction, moved_at, START + 3 * MINUTE) == 1


def test_nothing_can_be_said_of_a_job_that_never_moved(database: Database) -> None:
    filled(database)
    records = {"job-3": record_of("job-3")}
    with database.read() as transaction:
        found = RememberedTrends().of(transaction, "default", records, NOW)
    assert found["job-3"].course is Obstacle.NO_PROGRESS_YET


def test_whom_nobody_asked_for_longest_is_forgotten(database: Database) -> None:
    filled(database)
    remembered = RememberedTrends(most_jobs=1)
    one, two = ({each: START + 4 * MINUTE} for each in JOBS[:2])
    with database.read() as transaction:
        assert asked_jobs(remembered, transaction, one) == 1
        assert asked_jobs(remembered, transaction, one) == 0
        assert asked_jobs(remembered, transaction, two) == 1
        assert asked_jobs(remembered, transaction, two) == 0
        assert asked_jobs(remembered, transaction, one) == 1
