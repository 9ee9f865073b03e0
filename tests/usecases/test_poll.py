from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.event import EventKind, Severity
from batchbell.core.facts import UnseenFacts
from batchbell.core.file_names import KnownFile
from batchbell.core.job import BatchJob
from batchbell.core.routing import Filter
from batchbell.core.rules import Rules
from batchbell.errors import (
    DatabaseError,
    UnauthorizedError,
    UnavailableError,
)
from batchbell.store import accounts, events, files, jobs, queue
from batchbell.store.samples import latest_samples
from batchbell.usecases.poll import AccountPoll
from tests.claims import claim_next
from tests.fakes import MINUTE, START, FakeApi, FakeClock, kinds

if TYPE_CHECKING:
    from batchbell.store.database import Database

RUNNING = BatchJob(id="job-1", status="IN_PROGRESS", progress=0.25, created_at=START)
DONE = replace(RUNNING, status="COMPLETED", progress=1.0, output_file_id="file-out")
GRACE_PERIOD = timedelta(seconds=210)
EVERYTHING = Filter(channel="all", events=("*",))


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def poll(database: Database, api: FakeApi, clock: FakeClock) -> AccountPoll:
    return AccountPoll(
        "default",
        client=api,
        database=database,
        clock=clock,
        filters=lambda: [Filter(channel="team"), EVERYTHING],
        rules=Rules(grace_period=GRACE_PERIOD),
    )


def pending(database: Database, channel: str, clock: FakeClock) -> list[str]:
    """Return the kinds of what the channel's next message tells."""
    with database.write() as connection:
        claimed = claim_next(connection, channel, clock.now())
        if claimed is None:
            return []
        told = queue.events_of(connection, [claimed.notification_id])
        return sorted(kinds(stored.event for stored in told))


async def test_a_good_poll_writes_snapshot_events_and_notifications(
    poll: AccountPoll, api: FakeApi, clock: FakeClock, database: Database
) -> None:
    api.jobs = [RUNNING]
    assert kinds((await poll.poll()).events) == ["account.watching"]
    clock.advance(MINUTE)
    api.jobs = [DONE]
    report = await poll.poll()
    assert kinds(report.events) == ["batch.completed"]
    with database.read() as connection:
        state = accounts.load(connection, "default")
        (item,) = jobs.find(connection, "job-1")
        samples = latest_samples(connection, "default", "job-1")
    assert (state.baseline_at, state.last_good_poll_at) == (START, START + MINUTE)
    assert item.record.job == DONE
    assert samples == [(START, 0.25), (START + MINUTE, 1.0)]
    assert pending(database, "team", clock) == ["batch.completed"]
    assert pending(database, "all", clock) == ["account.watching", "batch.completed"]


async def test_why_a_channel_is_not_told_is_kept_with_the_event(
    poll: AccountPoll, database: Database
) -> None:
    await poll.poll()
    with database.read() as connection:
        (stored,) = events.log(connection)
    assert stored.not_told == {"team": "account.watching is not told by default"}


async def test_a_restart_tells_nothing_twice(
    poll: AccountPoll, api: FakeApi, database: Database
) -> None:
    await poll.poll()
    api.jobs = [DONE]
    await poll.poll()
    again = AccountPoll(
        "default",
        client=api,
        database=database,
        clock=FakeClock(),
        filters=lambda: [EVERYTHING],
        rules=Rules(grace_period=GRACE_PERIOD),
    )
    assert (await again.poll()).events == []


async def test_a_poll_that_can_not_be_stored_is_decided_again_by_the_next(
    poll: AccountPoll,
    api: FakeApi,
    clock: FakeClock,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await poll.poll()
    clock.advance(MINUTE)
    api.jobs = [DONE]
    with monkeypatch.context() as patched:
        patched.setattr(accounts, "save", raise_database_error)
        with pytest.raises(DatabaseError):
            await poll.poll()
    with database.read() as connection:
        assert jobs.find(connection, "job-1") == []
    assert "batch.completed" in kinds((await poll.poll()).events)


def raise_database_error(*_: object, **__: object) -> None:
    msg = "disk full"
    raise DatabaseError(msg)


async def test_an_outage_and_its_end_are_told_once(
    poll: AccountPoll, api: FakeApi, clock: FakeClock
) -> None:
    await poll.poll()
    told: list[str] = []
    api.error = UnavailableError("503: try later")
    for _ in range(10):
        clock.advance(MINUTE)
        told += kinds((await poll.poll()).events)
    api.error = None
    told += kinds((await poll.poll()).events)
    assert told == ["account.unreachable", "account.recovered"]


async def test_a_refused_key_is_told_by_the_first_poll(poll: AccountPoll, api: FakeApi) -> None:
    api.error = UnauthorizedError("the API refused the key")
    report = await poll.poll()
    assert kinds(report.events) == ["account.unauthorized"]
    assert report.error is api.error


async def test_a_refused_key_tells_its_place_and_which_job_is_due_first(
    poll: AccountPoll, api: FakeApi, database: Database
) -> None:
    due = START + timedelta(hours=3)
    api.jobs = [replace(RUNNING, job_deadline=due, input_file_id="file-1")]
    await poll.poll()
    with database.write() as connection:
        files.save(
            connection,
            "default",
            [KnownFile(id="file-1", filename="press.jsonl", looked_up_at=START)],
        )
    poll.key_place = lambda: "TOGETHER_API_KEY"
    api.error = UnauthorizedError("the API refused the key")
    await poll.poll()
    with database.read() as connection:
        told = [stored.event for stored in events.log(connection)]
    (refused,) = [event for event in told if event.kind is EventKind.ACCOUNT_UNAUTHORIZED]
    assert refused.facts.outage.key_place == "TOGETHER_API_KEY"
    assert refused.facts.unseen == UnseenFacts(
        jobs=1,
        since=START,
        next_deadline=due,
        next_job="job-1",
        next_file_id="file-1",
        next_file="press.jsonl",
    )


async def test_the_report_counts_failures_and_says_whether_the_outage_was_told(
    poll: AccountPoll, api: FakeApi, clock: FakeClock
) -> None:
    api.error = UnavailableError("503")
    reports = []
    for _ in range(7):
        reports.append(await poll.poll())
        clock.advance(MINUTE)
    assert [report.failures for report in reports] == [1, 2, 3, 4, 5, 6, 7]
    assert [report.outage_told for report in reports] == [False] * 5 + [True] * 2
    severities = [report.severity for report in reports]
    assert severities == [Severity.WARNING] * 5 + [Severity.FAILURE] * 2


async def test_the_report_counts_what_was_listed(poll: AccountPoll, api: FakeApi) -> None:
    api.jobs = [RUNNING, replace(DONE, id="job-2"), BatchJob(id="job-3")]
    report = await poll.poll()
    assert (report.jobs, report.running, report.failures) == (3, 2, 0)


async def test_a_failed_poll_neither_counts_nor_resets_missing_jobs(
    poll: AccountPoll, api: FakeApi, clock: FakeClock
) -> None:
    api.jobs = [RUNNING]
    await poll.poll()
    api.jobs = []
    told: list[str] = []
    for number in range(8):
        clock.advance(4 * MINUTE)
        api.error = UnavailableError("503") if number % 2 else None
        told += kinds((await poll.poll()).events)
    assert told.count(EventKind.VANISHED) == 1


async def test_repeated_failures_and_unchanged_polls_are_one_line(
    poll: AccountPoll, api: FakeApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="batchbell")
    api.error = UnavailableError("503: try later")
    for _ in range(5):
        await poll.poll()
    api.error = None
    for _ in range(5):
        await poll.poll()
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        "poll failed: 503: try later",
        "polling works again",
        "account.watching",
    ]


async def test_unusable_rows_and_a_wrong_clock_are_logged_when_they_change(
    poll: AccountPoll, api: FakeApi, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    api.skipped_rows, api.bad_fields = 2, 1
    clock.skew = timedelta(hours=2)
    for _ in range(3):
        await poll.poll()
    assert [record.getMessage() for record in caplog.records] == [
        "the API's listing has rows or fields that can't be used",
        "this machine's clock is off; the API's is used",
    ]


async def test_an_event_of_an_unusual_api_says_where_its_files_are(
    poll: AccountPoll, api: FakeApi
) -> None:
    api.elsewhere = "http://127.0.0.1:1/v1"
    await poll.poll()
    api.jobs = [DONE]
    report = await poll.poll()
    assert [event.facts.api for event in report.events] == ["http://127.0.0.1:1/v1"] * 2
