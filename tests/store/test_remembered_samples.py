"""The progress of running jobs in memory, beside the database that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import event

from batchbell.core.snapshot import ProgressSample
from batchbell.store import accounts, jobs, samples
from batchbell.store.remembered_samples import RememberedSamples
from batchbell.store.samples import latest_samples_of
from tests.fakes import MINUTE, START
from tests.store.test_samples import record_of

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.store.database import Database, Transaction

JOBS = ("job-1", "job-2", "job-3")


def filled(database: Database) -> None:
    with database.write() as transaction:
        accounts.save(transaction, accounts.load(transaction, "default"))
        jobs.save(transaction, "default", [record_of(each) for each in JOBS])
        for number in range(3):
            move(transaction, *JOBS[:2], at=START + number * MINUTE, progress=number / 10)


def move(transaction: Transaction, *job_ids: str, at: datetime, progress: float) -> None:
    moved = [ProgressSample(job_id=each, at=at, progress=progress) for each in job_ids]
    samples.save(transaction, "default", moved)


def asked_jobs(
    remembered: RememberedSamples, transaction: Transaction, moved_at: dict[str, datetime]
) -> int:
    """Ask for samples, see that they are those of the database, return of how many jobs it read."""
    read: list[object] = []
    database_asked = "before_cursor_execute"

    def note(*given: object) -> None:
        read.extend(each for each in JOBS if each in str(given[3]))

    event.listen(transaction.engine, database_asked, note)
    found = remembered.of(transaction, "default", moved_at)
    event.remove(transaction.engine, database_asked, note)
    assert found == latest_samples_of(transaction, "default", moved_at)
    return len(read)


def test_only_who_moved_is_read_again(database: Database) -> None:
    filled(database)
    remembered, moved_at = RememberedSamples(), dict.fromkeys(JOBS[:2], START + 2 * MINUTE)
    with database.write() as transaction:
        assert asked_jobs(remembered, transaction, moved_at) == 2
        assert asked_jobs(remembered, transaction, moved_at) == 0
        move(transaction, "job-1", at=START + 3 * MINUTE, progress=0.7)
        moved_at["job-1"] = START + 3 * MINUTE
        assert asked_jobs(remembered, transaction, moved_at) == 1
        assert asked_jobs(remembered, transaction, moved_at) == 0


def test_a_job_that_never_moved_has_no_samples(database: Database) -> None:
    filled(database)
    with database.read() as transaction:
        assert RememberedSamples().of(transaction, "default", {"job-3": START}) == {}


def test_whom_nobody_asked_for_longest_is_forgotten(database: Database) -> None:
    filled(database)
    remembered = RememberedSamples(most_jobs=1)
    one, two = ({each: START + 2 * MINUTE} for each in JOBS[:2])
    with database.read() as transaction:
        assert asked_jobs(remembered, transaction, one) == 1
        assert asked_jobs(remembered, transaction, one) == 0
        assert asked_jobs(remembered, transaction, two) == 1
        assert asked_jobs(remembered, transaction, two) == 0
        assert asked_jobs(remembered, transaction, one) == 1
