"""What is kept in memory of an account's running jobs from poll to poll."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.snapshot import ProgressSample, Snapshot
from batchbell.store import accounts, jobs, samples
from batchbell.usecases.known_samples import KnownSamples
from tests.fakes import START
from tests.store.test_samples import record_of

if TYPE_CHECKING:
    from batchbell.store.database import Database

LATER = START + timedelta(minutes=1)


def test_samples_stay_the_same_object_with_what_they_say_until_the_job_moves(
    database: Database,
) -> None:
    known, record = KnownSamples("default"), record_of("job-1")
    stays = Snapshot(account="default", records={"job-1": record})
    moves = replace(stays, records={"job-1": replace(record, progress_since=LATER)})
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        jobs.save(connection, "default", [record])
        first = ProgressSample(job_id="job-1", at=START, progress=0.1)
        samples.save(connection, "default", [first])
        before = known.of(connection, stays, ["job-1"])["job-1"]
        samples.save(connection, "default", [replace(first, at=LATER)])
        assert known.of(connection, stays, ["job-1"])["job-1"] is before
        after = known.of(connection, moves, ["job-1"])["job-1"]
    assert (before, after) == (((START, 0.1),), ((START, 0.1), (LATER, 0.1)))
