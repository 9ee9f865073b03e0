"""Names of input files: asked for once, beside a poll, and never in a message's way."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.file_names import ASKED_AT_ONCE, MOST_TRIES
from batchbell.core.job import BatchJob
from batchbell.core.routing import Filter
from batchbell.core.rules import Rules
from batchbell.errors import RateLimitedError, UnavailableError, UsageError
from batchbell.store import events, files
from batchbell.usecases.poll import AccountPoll
from batchbell.usecases.retain import prune
from tests.fakes import MINUTE, START, FakeApi, FakeClock

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.store.sqlite.database import Database

RUNNING = BatchJob(
    id="job-1", status="IN_PROGRESS", input_file_id="file-1", created_at=START, progress=0.5
)
DONE = replace(RUNNING, status="COMPLETED", progress=1.0, output_file_id="file-out")


class Bell:
    """An account polled by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.api = FakeApi(file_names={"file-1": "nightly.jsonl"})
        self.clock = FakeClock()
        self.filters = [Filter(channel="team", events=("*",))]
        self.name_wait = timedelta(seconds=30)
        self.restart()

    def restart(self) -> None:
        self._poll = AccountPoll(
            "default",
            client=self.api,
            database=self.database,
            clock=self.clock,
            filters=lambda: self.filters,
            rules=Rules(patience=timedelta(hours=9)),
            name_wait=self.name_wait,
        )

    async def poll(self, *listed: BatchJob, after: timedelta = MINUTE) -> list[Event]:
        """Let time pass and poll; return what was recorded of jobs, as it stands afterwards."""
        self.clock.advance(after)
        self.api.jobs = list(listed)
        report = await self._poll.poll()
        assert report.error is None
        new = {event.key for event in report.events if event.job_id}
        with self.database.read() as connection:
            return [each.event for each in events.log(connection) if each.event.key in new]

    async def told_of(self, listed: BatchJob) -> Event:
        """Poll a job that is new and has ended; return the news of its end."""
        (event,) = (each for each in await self.poll(listed) if each.kind == "batch.completed")
        return event


@pytest.fixture
def bell(database: Database) -> Bell:
    return Bell(database)


async def test_a_job_first_seen_at_its_end_is_told_with_its_file_s_name(bell: Bell) -> None:
    await bell.poll()
    event = await bell.told_of(DONE)
    assert event.input_file == "nightly.jsonl"


async def test_a_name_is_asked_for_once_also_across_a_restart(bell: Bell) -> None:
    await bell.poll(RUNNING)
    await bell.poll(RUNNING)
    bell.restart()
    (event,) = await bell.poll(DONE)
    assert event.input_file == "nightly.jsonl"
    assert bell.api.asked == ["file-1"]


async def test_old_ends_of_a_first_poll_are_not_asked_for(bell: Bell) -> None:
    await bell.poll(DONE)
    bell.restart()
    await bell.poll(DONE)
    assert bell.api.asked == []


async def test_an_unknown_file_is_asked_for_a_few_times_and_the_job_told_without_it(
    bell: Bell,
) -> None:
    bell.api.file_names.clear()
    for _ in range(9):
        await bell.poll(RUNNING, after=timedelta(hours=2))
    assert bell.api.asked == ["file-1"] * MOST_TRIES
    (event,) = await bell.poll(DONE)
    assert event.input_file == ""


async def test_a_look_up_that_hangs_ends_soon_and_the_news_is_told(
    bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell.name_wait = timedelta(seconds=0.01)
    bell.restart()

    async def hang(_file_id: str) -> str:
        await asyncio.Event().wait()
        return ""

    monkeypatch.setattr(bell.api, "fetch_file_name", hang)
    await bell.poll()
    event = await bell.told_of(DONE)
    assert event.input_file == ""
    assert event.kind == "batch.completed"


async def test_an_api_that_wants_fewer_calls_is_asked_for_no_more_names(
    bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def refuse(file_id: str) -> str:
        asked.append(file_id)
        raise RateLimitedError("too many")

    monkeypatch.setattr(bell.api, "fetch_file_name", refuse)
    several = [replace(RUNNING, id=f"j{n}", input_file_id=f"file-{n}") for n in range(30)]
    await bell.poll(*several)
    assert len(asked) <= 4
    with bell.database.read() as connection:
        noted = files.load(connection, "default", [f"file-{n}" for n in range(30)])
    assert {file.tries for file in noted.values()} == {0}


async def test_names_that_fail_for_another_reason_are_tried_again_later(
    bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_file_id: str) -> str:
        raise UnavailableError("broken")

    with monkeypatch.context() as patched:
        patched.setattr(bell.api, "fetch_file_name", fail)
        await bell.poll(RUNNING)
    await bell.poll(RUNNING, after=2 * MINUTE)
    (event,) = await bell.poll(DONE)
    assert event.input_file == "nightly.jsonl"


async def test_an_id_that_can_t_be_asked_for_is_left_alone(
    bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_file_id: str) -> str:
        raise UsageError("this can't be the id of a file")

    monkeypatch.setattr(bell.api, "fetch_file_name", refuse)
    await bell.poll(RUNNING)
    (event,) = await bell.poll(DONE)
    assert event.input_file == ""


async def test_many_new_jobs_are_named_within_a_few_polls(bell: Bell) -> None:
    several = [replace(RUNNING, id=f"j{n}", input_file_id=f"file-{n}") for n in range(50)]
    bell.api.file_names = {f"file-{n}": f"{n}.jsonl" for n in range(50)}
    await bell.poll(*several)
    assert len(bell.api.asked) == ASKED_AT_ONCE
    await bell.poll(*several)
    await bell.poll(*several)
    assert sorted(bell.api.asked) == sorted(f"file-{n}" for n in range(50))


async def test_a_channel_hears_of_the_files_it_wants(bell: Bell) -> None:
    bell.filters = [
        Filter(channel="night", input_files=("nightly*",)),
        Filter(channel="day", input_files=("daily*",)),
    ]
    await bell.poll()
    await bell.poll(DONE)
    with bell.database.read() as connection:
        told = connection.exec_driver_sql("SELECT channel FROM notifications").scalars().all()
        query = "SELECT not_told FROM events WHERE kind = 'batch.completed'"
        (reasons,) = connection.exec_driver_sql(query).scalars().all()
    assert told == ["night"]
    assert "input_files: nightly.jsonl matches none of daily*" in reasons


async def test_names_are_forgotten_with_their_jobs(bell: Bell) -> None:
    await bell.poll(RUNNING)
    prune(bell.database, timedelta(days=1), bell.clock.now())
    with bell.database.read() as connection:
        assert files.load(connection, "default", ["file-1"])
    with bell.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM batch_jobs")
    prune(bell.database, timedelta(days=1), bell.clock.now())
    with bell.database.read() as connection:
        assert files.load(connection, "default", ["file-1"]) == {}
