"""A poll loads a part of the snapshot, and decides as if it had loaded all of it."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.diff import diff
from batchbell.core.job import BatchJob
from batchbell.core.snapshot import Snapshot
from batchbell.store import accounts, jobs
from tests.fakes import START, listing

if TYPE_CHECKING:
    from batchbell.store.sqlite.database import Database

STATUSES = ("VALIDATING", "IN_PROGRESS", "COMPLETED", "FAILED", "EXPIRED", "PAUSED", None)
MINUTE = timedelta(minutes=1)


def any_jobs(chance: random.Random) -> list[BatchJob]:
    """Return some of a few jobs, each as it may be: flapping, coming back, without its output."""
    return [
        BatchJob(
            id=f"job-{number}",
            status=chance.choice(STATUSES),
            progress=chance.choice((None, 0.0, 0.5, 1.0)),
            output_file_id=chance.choice((None, "file-1")),
            created_at=START - chance.choice((0, 30)) * timedelta(days=1),
        )
        for number in range(12)
        if chance.random() < chance.choice((0.2, 0.9))
    ]


@pytest.mark.parametrize("seed", range(25))
def test_the_part_decides_like_the_whole(database: Database, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret is drawn)
    last = None
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        for poll in range(40):
            now = START + poll * 5 * MINUTE
            found = listing(*any_jobs(chance), requested_at=now)
            part = jobs.load_for_listing(
                connection, "default", last_good_poll_at=last, listed=found.ids
            )
            records = {item.record.job.id: item.record for item in jobs.listed(connection)}
            whole = Snapshot(account="default", last_good_poll_at=last, records=records)
            of_part, of_whole = diff(part, found, now), diff(whole, found, now)
            assert of_part.events == of_whole.events
            assert set(of_part.records) == set(of_whole.records)
            jobs.save(connection, "default", of_part.records)
            last = now


def test_what_ended_and_is_long_gone_is_not_loaded(database: Database) -> None:
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        last = None
        for poll, ids in enumerate(([1, 2, 3], [2, 3], [2, 3], [2, 3])):
            now = START + poll * MINUTE
            found = listing(*(BatchJob(id=f"job-{n}", status="FAILED") for n in ids))
            part = jobs.load_for_listing(
                connection, "default", last_good_poll_at=last, listed=found.ids
            )
            jobs.save(connection, "default", diff(part, found, now).records)
            last = now
        assert part.records.keys() == {"job-2", "job-3"}
        again = jobs.load_for_listing(
            connection, "default", last_good_poll_at=last, listed={"job-1", "job-9"}
        )
    assert again.records.keys() == {"job-1", "job-2", "job-3"}
