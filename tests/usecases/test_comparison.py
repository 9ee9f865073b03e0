"""A poll loads what a listing concerns, in parts, and decides as if it had loaded everything."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.diff import diff
from batchbell.core.job import BatchJob
from batchbell.core.rules import Rules
from batchbell.core.snapshot import Snapshot
from batchbell.store import accounts, jobs
from batchbell.usecases.comparison import Comparison
from tests.fakes import START, every_record, listing

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.listing import Listing
    from batchbell.store.database import Database, Transaction
    from batchbell.usecases.comparison import LastPart

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


def compared(
    connection: Transaction, found: Listing, *, last: datetime | None, now: datetime, size: int
) -> LastPart:
    state = replace(accounts.load(connection, "default"), last_good_poll_at=last)
    return Comparison(
        connection,
        state,
        found,
        requested_at=now,
        rules=Rules(),
        now=now,
        part_size=size,
    ).last_part()


@pytest.mark.parametrize("size", [1, 3, 1_000])
@pytest.mark.parametrize("seed", range(12))
def test_the_parts_decide_like_the_whole(database: Database, seed: int, size: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (no secret is drawn)
    last = None
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        for poll in range(30):
            now = START + poll * 5 * MINUTE
            found = listing(*any_jobs(chance), requested_at=now)
            before = {item.record.job.id: item.record for item in jobs.listed(connection)}
            whole = diff(
                Snapshot(account="default", last_good_poll_at=last, records=before), found, now
            )
            part = compared(connection, found, last=last, now=now, size=size)
            of_last = diff(part.snapshot, part.listing, now, earlier=part.earlier.baseline)
            told = sorted([*part.earlier.events, *of_last.events], key=lambda event: event.key)
            jobs.save(connection, "default", of_last.records, of_last.alike)
            after = {item.record.job.id: item.record for item in jobs.listed(connection)}
            assert told == list(whole.events)
            assert after == {**before, **{each.job.id: each for each in every_record(whole)}}
            last = now


def test_what_ended_and_is_long_gone_is_not_loaded(database: Database) -> None:
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        last = None
        for poll, ids in enumerate(([1, 2, 3], [2, 3], [2, 3], [2, 3])):
            now = START + poll * MINUTE
            found = listing(*(BatchJob(id=f"job-{n}", status="FAILED") for n in ids))
            part = compared(connection, found, last=last, now=now, size=1_000)
            jobs.save(connection, "default", every_record(diff(part.snapshot, found, now)))
            last = now
        assert part.snapshot.records.keys() == {"job-2", "job-3"}


def test_of_a_listing_that_says_what_changed_nothing_else_is_loaded(database: Database) -> None:
    ended = [BatchJob(id=f"job-{n}", status="FAILED") for n in range(5)]
    running = BatchJob(id="running", status="IN_PROGRESS")
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
        found = listing(*ended, running)
        part = compared(connection, found, last=None, now=START, size=1_000)
        jobs.save(connection, "default", every_record(diff(part.snapshot, found, START)))
        changed = replace(
            listing(running), ids=frozenset({"running", "job-1", "job-2"}), gone={"job-0"}
        )
        part = compared(connection, changed, last=START, now=START + MINUTE, size=1_000)
    assert part.snapshot.records.keys() == {"running", "job-0"}
