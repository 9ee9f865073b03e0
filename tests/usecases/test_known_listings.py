"""Polls that know the listing before do what polls that decode everything do."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

import pytest

from batchbell.core import job_columns
from batchbell.core.by_column import made_by_column
from batchbell.core.job import BatchJob
from batchbell.core.routing import Filter
from batchbell.core.rules import Rules
from batchbell.errors import DatabaseError, UnavailableError
from batchbell.providers import fast_path
from batchbell.providers.together import columns, new_rows
from batchbell.store import accounts, events, jobs
from batchbell.usecases.cancel import cancel
from batchbell.usecases.poll import AccountPoll
from tests.fakes import MINUTE, START, FakeApi, FakeClock
from tests.json_api import JsonApi, row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

    from batchbell.core.snapshot import JobRecord
    from batchbell.store.database import Database

STATUSES = ("IN_PROGRESS", "IN_PROGRESS", "VALIDATING", "COMPLETED", "FAILED", "ODD")


class ListingWorld:
    """An account polled by one client into a database of its own."""

    def __init__(self, database: Database, api: FakeApi) -> None:
        self.database = database
        self.api = api
        self.clock = FakeClock()
        self.start()

    def start(self) -> None:
        """Begin anew, as a process does."""
        self._poll = AccountPoll(
            "default",
            client=self.api,
            database=self.database,
            clock=self.clock,
            filters=lambda: [Filter(channel="team")],
            rules=Rules(grace_period=5 * MINUTE),
            name_wait=timedelta(),
        )

    async def poll(self, *listed: BatchJob, after: timedelta = MINUTE) -> None:
        self.clock.advance(after)
        self.api.jobs = list(listed)
        await self._poll.poll()

    def records(self) -> dict[str, JobRecord]:
        with self.database.read() as connection:
            return {each.record.job.id: each.record for each in jobs.listed(connection)}

    def told(self) -> list[tuple[str, str, str]]:
        with self.database.read() as connection:
            stored = events.log(connection)
        return [(each.event.kind, each.event.job_id, each.event.qualifier) for each in stored]

    def state(self) -> object:
        with self.database.read() as connection:
            return accounts.load(connection, "default")


@pytest.fixture
def fast(new_database: Callable[[], Database]) -> ListingWorld:
    return ListingWorld(new_database(), JsonApi())


@pytest.fixture
def plain(new_database: Callable[[], Database]) -> ListingWorld:
    return ListingWorld(new_database(), FakeApi())


def done(number: int, **fields: object) -> BatchJob:
    job = BatchJob(id=f"job-{number:03}", status="COMPLETED", progress=1.0, output_file_id="o")
    return replace(job, **fields)  # type: ignore[arg-type]  # a test's own


def running(number: int, progress: float = 0.5) -> BatchJob:
    return done(number, status="IN_PROGRESS", progress=progress, output_file_id=None)


def some_jobs(chance: random.Random, before: list[BatchJob]) -> list[BatchJob]:
    """Return the jobs after some time: some moved, some new, some gone, in any order."""
    listed = [
        replace(
            job,
            status=chance.choice(STATUSES),
            progress=chance.choice((None, 0.0, 0.3, 0.8, 1.0)),
            output_file_id=chance.choice((None, "file-1")),
        )
        if chance.random() < 0.15
        else job
        for job in before
        if chance.random() < 0.95
    ]
    for _ in range(chance.choice((0, 1, 5))):
        new = done(chance.randrange(60), created_at=START - chance.choice((0, 30)) * MINUTE * 1440)
        if new.id not in {job.id for job in listed}:
            listed.append(new)
    return chance.sample(listed, len(listed)) if chance.random() < 0.2 else listed


@pytest.mark.unmeasured
@pytest.mark.parametrize("seed", range(8))
async def test_any_course_leaves_the_same_rows_and_tells_the_same(
    fast: ListingWorld, plain: ListingWorld, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret is drawn
    listed: list[BatchJob] = [done(number) for number in range(30)]
    for _ in range(30):
        listed = some_jobs(chance, listed)
        after = chance.choice((MINUTE, MINUTE, 4 * MINUTE, 61 * MINUTE))
        failing = UnavailableError("503") if chance.random() < 0.1 else None
        restarted = chance.random() < 0.1
        for world in (fast, plain):
            world.api.error = failing
            if restarted:
                world.start()
            await world.poll(*listed, after=after)
        assert fast.told() == plain.told()
        assert fast.state() == plain.state()
        assert without_times_of_the_settled(fast) == without_times_of_the_settled(plain)
    assert isinstance(fast.api, JsonApi)
    assert fast.api.whole_listings < 20


def without_times_of_the_settled(world: ListingWorld) -> dict[str, JobRecord]:
    """Return the records; of one that ended and did not change `last_seen_at` is kept hourly."""
    now = world.clock.now()
    records = world.records()
    for record in records.values():
        if record.job.finished and not record.missed_polls:
            assert now - record.last_seen_at < timedelta(hours=2, minutes=5)
    return {
        job_id: replace(record, last_seen_at=START) if record.job.finished else record
        for job_id, record in records.items()
    }


async def test_a_cancel_in_between_is_compared_with_the_row_it_rests_on(fast: ListingWorld) -> None:
    several = [running(1), *(done(number) for number in range(2, 50))]
    await fast.poll(*several)
    fast.clock.advance(MINUTE)

    class Cancelling(JsonApi):
        async def cancel_batch(self, batch_job_id: str) -> BatchJob:
            return replace(running(1), id=batch_job_id, status="CANCELING")

    await cancel(
        "job-001",
        account="default",
        client=Cancelling(),
        database=fast.database,
        clock=fast.clock,
        filters=[],
    )
    assert fast.records()["job-001"].job.status == "CANCELING"

    # The API's listing says what it said before: it is the truth again.
    await fast.poll(*several)
    assert fast.records()["job-001"].job.status == "IN_PROGRESS"


async def test_a_poll_of_another_process_in_between_is_noticed(fast: ListingWorld) -> None:
    several = [done(number) for number in range(50)]
    await fast.poll(*several)
    other = AccountPoll(
        "default",
        client=JsonApi(jobs=[replace(several[7], status="FAILED"), *several[8:], *several[:7]]),
        database=fast.database,
        clock=fast.clock,
        filters=list,
        rules=Rules(),
    )
    fast.clock.advance(MINUTE)
    await other.poll()
    assert fast.records()["job-007"].job.status == "FAILED"

    await fast.poll(*several)
    assert fast.records()["job-007"].job.status == "COMPLETED"


async def test_a_listing_that_was_not_recorded_is_decided_on_again(
    fast: ListingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = [running(1), *(done(number) for number in range(2, 50))]
    await fast.poll(*several)
    ended = [done(1), *several[1:]]
    with monkeypatch.context() as patched:
        patched.setattr(accounts, "save", full)
        with pytest.raises(DatabaseError):
            await fast.poll(*ended)
    assert fast.records()["job-001"].job.status == "IN_PROGRESS"

    await fast.poll(*ended)
    assert fast.records()["job-001"].job.status == "COMPLETED"
    assert ("batch.completed", "job-001", "end:COMPLETED") in fast.told()


def full(*_: object) -> None:
    raise DatabaseError("the disk is full")


async def test_a_row_that_was_younger_than_its_listing_is_compared_again(
    fast: ListingWorld,
) -> None:
    several = [running(1), *(done(number) for number in range(2, 50))]
    await fast.poll(*several)
    ended = [done(1), *several[1:]]
    fast.clock.advance(MINUTE)
    with fast.database.write() as connection:
        younger = replace(
            fast.records()["job-001"], last_seen_at=fast.clock.now() + timedelta(seconds=30)
        )
        jobs.save(connection, "default", [younger])
    api = fast.api

    async def slow(known: object | None = None) -> object:
        read = await JsonApi.fetch_listing(api, known)  # type: ignore[arg-type]  # it is one
        fast.clock.advance(MINUTE)
        return read

    api.fetch_listing = slow  # type: ignore[method-assign,assignment]  # a slow network
    await fast.poll(*ended, after=timedelta())
    assert fast.records()["job-001"].job.status == "IN_PROGRESS"
    del api.fetch_listing
    await fast.poll(*ended)
    assert fast.records()["job-001"].job.status == "COMPLETED"


async def test_what_is_passed_over_is_noted_as_seen_once_an_hour(fast: ListingWorld) -> None:
    several = [done(number) for number in range(50)]
    await fast.poll(*several)
    first = fast.records()["job-007"].last_seen_at
    await fast.poll(*several, after=59 * MINUTE)
    assert fast.records()["job-007"].last_seen_at == first
    await fast.poll(*several, after=2 * MINUTE)
    assert fast.records()["job-007"].last_seen_at == fast.clock.now()
    assert isinstance(fast.api, JsonApi)
    assert fast.api.whole_listings == 1


class CountingBuffer(bytearray):
    """What a reader holds of a body; notes how many bytes come in and go out as copies."""

    copied = 0

    def __iadd__(self, more: bytes) -> Self:  # type: ignore[override,misc]  # always bytes
        CountingBuffer.copied += len(more)
        return super().__iadd__(more)

    def __getitem__(self, place: slice) -> bytearray:  # type: ignore[override]  # never an index
        found = super().__getitem__(place)
        CountingBuffer.copied += len(found)
        return found


async def test_an_unchanged_listing_is_copied_once(
    fast: ListingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = [running(1), *(done(number) for number in range(2, 2_000))]
    size = len(json.dumps([row(job) for job in several]))
    await fast.poll(*several)
    monkeypatch.setattr(fast_path, "bytearray", CountingBuffer, raising=False)
    monkeypatch.setattr(CountingBuffer, "copied", 0)
    await fast.poll(*several)
    # Beside it, what stands behind each window is looked at.
    assert size <= CountingBuffer.copied < 1.1 * size
    monkeypatch.setattr(CountingBuffer, "copied", 0)
    await fast.poll(running(1, 0.75), *several[1:])
    assert CountingBuffer.copied < 1.15 * size


async def test_an_unchanged_listing_is_neither_split_nor_decoded(
    fast: ListingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = [running(1), *(done(number) for number in range(2, 200))]
    await fast.poll(*several)
    work: list[str] = []

    def counted(module: ModuleType, name: str) -> None:
        does = getattr(module, name)

        def counting(*args: object) -> object:
            work.append(name)
            return does(*args)

        monkeypatch.setattr(module, name, counting)

    counted(fast_path, "_split")
    counted(new_rows, "columns_of")
    await fast.poll(*several)
    assert work == []
    await fast.poll(done(1), *several[1:])
    assert work.count("columns_of") == 1
    # The window of the row that changed, and the next one at most.
    assert work.count("_split") <= 2


async def test_of_the_jobs_that_a_first_listing_has_ended_no_object_is_made_each(
    fast: ListingWorld, plain: ListingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago = START - 30 * 1440 * MINUTE
    ended = [
        done(at, status=status, created_at=long_ago, completed_at=long_ago + at * MINUTE)
        for at, status in enumerate(["COMPLETED", "FAILED", "EXPIRED"] * 700)
    ]
    listed = [running(3_000), *ended, done(3_001, output_file_id=None)]
    made = 0

    def counting(kind: type, columns: Mapping[str, Iterable[object]], count: int) -> list[Any]:
        nonlocal made
        made += count
        return made_by_column(kind, columns, count)

    for module in (columns, job_columns):
        monkeypatch.setattr(module, "made_by_column", counting)
    await fast.poll(*listed)
    # The two that are worth another look came with those of their windows.
    assert made < 200
    monkeypatch.undo()

    await plain.poll(*listed)
    assert fast.records() == plain.records()
    assert fast.told() == plain.told()
    assert fast.state() == plain.state()
