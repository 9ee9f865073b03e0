"""Names of input files: asked for once, after a poll's commit, and never long in the way."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from batchbell.core.event import Event, EventKind
from batchbell.core.example_events import sample
from batchbell.core.file_names import ASKED_AT_ONCE, MOST_TRIES
from batchbell.core.job import BatchJob
from batchbell.core.routing import Filter
from batchbell.core.rules import Rules
from batchbell.errors import ApiError, DatabaseError, RateLimitedError, UnavailableError, UsageError
from batchbell.store import acks, events, files, notifications, reminders, tables
from batchbell.usecases.announce import announce, announce_named
from batchbell.usecases.poll import AccountPoll
from batchbell.usecases.retain import prune
from tests.fakes import MINUTE, START, FakeApi, FakeClock

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.store.database import Database

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
            rules=Rules(grace_period=timedelta(hours=9)),
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

    def log(self) -> list[tuple[str, str]]:
        """Return kind and file's name of every event, by kind."""
        with self.database.read() as connection:
            return sorted(
                (each.event.kind, each.event.input_file) for each in events.log(connection)
            )

    def due(self) -> list[datetime]:
        """Return from when on each message that waits may be sent."""
        with self.database.read() as connection:
            query = select(tables.notifications.c.next_attempt_at)
            return list(connection.execute(query).scalars())

    def read_all(self) -> None:
        """Let no message wait any more."""
        with self.database.write() as connection:
            connection.exec_driver_sql("DELETE FROM notification_events")
            connection.exec_driver_sql("DELETE FROM notifications")

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
    old = replace(
        DONE, created_at=START - timedelta(days=2), completed_at=START - timedelta(days=1)
    )
    await bell.poll(old)
    bell.restart()
    await bell.poll(old)
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


async def test_what_an_api_says_of_a_file_is_in_no_log_as_it_may_quote_it(
    bell: Bell, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_file_id: str) -> str:
        words = "file not found: my-secret-prompt"
        raise ApiError(f"together said 404: {words}", status_code=404, text=words)

    monkeypatch.setattr(bell.api, "fetch_file_name", fail)
    caplog.set_level("DEBUG")
    await bell.poll(RUNNING)
    (said,) = (line for line in caplog.messages if line.startswith("a file's name is not known"))
    assert said == "a file's name is not known: together said 404: file not found: …"


async def test_an_id_that_can_t_be_asked_for_is_left_alone(
    bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_file_id: str) -> str:
        raise UsageError("this can't be the id of a file")

    monkeypatch.setattr(bell.api, "fetch_file_name", refuse)
    await bell.poll(RUNNING)
    (event,) = await bell.poll(DONE)
    assert event.input_file == ""


async def test_jobs_that_ended_before_the_first_poll_are_named_behind_all_others(
    bell: Bell,
) -> None:
    lately = replace(DONE, created_at=None, completed_at=START - timedelta(hours=1))
    ended = [replace(lately, id=f"e{n}", input_file_id=f"file-e{n}") for n in range(30)]
    old = replace(ended[0], id="old", input_file_id="file-old", completed_at=START - timedelta(9))
    bell.api.file_names |= {f"file-{job.id}": f"{job.id}.jsonl" for job in (*ended, old)}
    await bell.poll(RUNNING, old, *ended)
    assert bell.api.asked[0] == RUNNING.input_file_id
    assert len(bell.api.asked) == ASKED_AT_ONCE
    # What begins later is asked for before them.
    new = replace(RUNNING, id="new", input_file_id="file-new")
    await bell.poll(RUNNING, new, old, *ended)
    assert bell.api.asked[ASKED_AT_ONCE] == "file-new"
    await bell.poll(RUNNING, new, old, *ended)
    assert {f"file-{job.id}" for job in ended} <= set(bell.api.asked)
    assert "file-old" not in bell.api.asked


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
        query = "SELECT CAST(not_told AS text) FROM events WHERE kind = 'batch.completed'"
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


async def test_everything_is_committed_before_a_name_is_asked_for(
    bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message about it waits for the answer, but no longer than a look-up may take."""
    fetch, seen = bell.api.fetch_file_name, []

    async def name(file_id: str) -> str:
        seen.append((bell.log(), bell.due()))
        return await fetch(file_id)

    monkeypatch.setattr(bell.api, "fetch_file_name", name)
    await bell.poll()
    bell.read_all()
    await bell.poll(DONE)
    now = bell.clock.now()
    ((log, due),) = seen
    assert log[-2:] == [("batch.completed", ""), ("batch.created", "")]
    assert due == [now + bell.name_wait]
    assert bell.log()[-2:] == [
        ("batch.completed", "nightly.jsonl"),
        ("batch.created", "nightly.jsonl"),
    ]
    assert bell.due() == [now]


async def test_a_message_waits_for_no_name_that_nobody_asks_for(bell: Bell) -> None:
    bell.api.file_names.clear()
    await bell.poll(RUNNING)
    bell.read_all()
    # Asked for in vain, and not yet again.
    await bell.poll(DONE, after=timedelta(seconds=1))
    assert bell.due() == [bell.clock.now()]


async def test_a_name_that_comes_late_is_told_to_those_who_wait_for_it(
    bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell.filters = [Filter(channel="night", input_files=("nightly*",))]

    async def fail(_file_id: str) -> str:
        raise UnavailableError("broken")

    await bell.poll()
    with monkeypatch.context() as patched:
        patched.setattr(bell.api, "fetch_file_name", fail)
        await bell.poll(DONE)
    assert bell.due() == []
    # The job has ended: its name is asked for all the same, by another process too.
    bell.restart()
    await bell.poll(DONE, after=2 * MINUTE)
    assert bell.api.asked == ["file-1"]
    assert bell.due() == [bell.clock.now()]
    await bell.poll(DONE)
    assert len(bell.due()) == 1


async def test_many_jobs_that_end_at_once_are_all_named(bell: Bell) -> None:
    several = [replace(DONE, id=f"j{n}", input_file_id=f"file-{n}") for n in range(50)]
    bell.api.file_names = {f"file-{n}": f"{n}.jsonl" for n in range(50)}
    await bell.poll()
    for _ in range(3):
        await bell.poll(*several)
    assert sorted(bell.api.asked) == sorted(bell.api.file_names)
    assert {name for kind, name in bell.log() if kind == "batch.completed"} == {
        f"{n}.jsonl" for n in range(50)
    }


async def test_names_that_can_not_be_written_are_asked_for_again(
    bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise DatabaseError("disk full")

    await bell.poll()
    with monkeypatch.context() as patched:
        patched.setattr(notifications, "unfixed", full)
        event = await bell.told_of(DONE)
    assert event.input_file == ""
    await bell.poll(DONE)
    assert bell.api.asked == ["file-1", "file-1"]
    assert ("batch.completed", "nightly.jsonl") in bell.log()


async def test_a_failure_told_late_is_repeated_unless_somebody_has_seen_it(bell: Bell) -> None:
    night = Filter(channel="night", input_files=("nightly*",), remind_every=60 * MINUTE)
    for job_id, is_seen in (("unseen", False), ("seen", True)):
        failed = replace(DONE, id=job_id, status="FAILED", input_file_id=f"file-{job_id}")
        event = Event(
            kind=EventKind.FAILED,
            account="default",
            job_id=job_id,
            happened_at=START,
            seen_at=START,
            job=failed,
        )
        with bell.database.write() as connection:
            announce(connection, [event], [night], START)
            (stored,) = events.of_job(connection, "default", job_id)
            if is_seen:
                acks.save(connection, "default", job_id, event_id=stored.id, now=START)
            names = {f"file-{job_id}": "nightly.jsonl"}
            announce_named(connection, [stored], names, [night], START)
    with bell.database.read() as connection:
        failures = reminders.open_failures(connection)
    assert [(each.event.job_id, each.channel) for each in failures] == [("unseen", "night")]


@pytest.mark.parametrize("kind", EventKind)
async def test_a_name_changes_nothing_else_of_a_recorded_event(bell: Bell, kind: EventKind) -> None:
    event = sample(kind, START)
    bare = replace(event, facts=replace(event.facts, input_file=""))
    file_id = event.job.input_file_id if event.job else None
    names = {file_id or "": event.input_file or "a.jsonl"}
    rows = []
    for told in (bare, event):
        with bell.database.write() as connection:
            connection.exec_driver_sql("DELETE FROM events")
            announce(connection, [told], [], START)
            announce_named(connection, events.log(connection), names, [], START)
            query = "SELECT CAST(data AS text), CAST(not_told AS text) FROM events"
            rows.append(connection.exec_driver_sql(query).one())
    (data, not_told), expected = rows
    assert (json.loads(data), not_told) == (json.loads(expected[0]), expected[1])
