from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select

from batchbell.core.job import BatchJob
from batchbell.core.routing import Filter
from batchbell.core.rules import Rules
from batchbell.errors import DatabaseError, UnavailableError
from batchbell.messages.facts_json import facts_json
from batchbell.store import accounts, events, jobs
from batchbell.store.samples import latest_samples
from batchbell.store.tables import progress_samples
from batchbell.usecases.poll import AccountPoll
from batchbell.usecases.tick import AccountWatch, DueTicks, look
from tests.fakes import MINUTE, START, FakeApi, FakeClock, kinds
from tests.statements import watched_driver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.event import Event
    from batchbell.core.snapshot import JobRecord
    from batchbell.store.database import Database
    from batchbell.store.sqlite.database import SqliteDatabase

HOUR = timedelta(hours=1)
TICK = timedelta(seconds=15)
RULES = Rules(stalled_after=2 * HOUR, grace_period=5 * MINUTE)
RUNNING = BatchJob(
    id="job-1",
    status="IN_PROGRESS",
    progress=0.25,
    created_at=START,
    job_deadline=START + 24 * HOUR,
)
DONE = replace(RUNNING, status="COMPLETED", progress=1.0, output_file_id="file-out")


class TickingAccount:
    """An account with polls and ticks as the daemon has them."""

    def __init__(self, database: Database) -> None:
        """Begin without any poll."""
        self.api = FakeApi()
        self.clock = FakeClock()
        self.database = database
        self.start()

    def start(self) -> None:
        """Begin a new process."""
        self.clock.restart()
        self._poll = AccountPoll(
            "default",
            client=self.api,
            database=self.database,
            clock=self.clock,
            filters=self._filters,
            rules=RULES,
        )
        self.watch = AccountWatch(
            "default",
            database=self.database,
            clock=self.clock,
            filters=self._filters,
            rules=RULES,
        )

    async def poll(self, after: timedelta = MINUTE) -> list[Event]:
        """Let time pass and poll; return the new events."""
        self.clock.advance(after)
        return list((await self._poll.poll()).events)

    async def tick(self, after: timedelta = TICK) -> list[Event]:
        """Let time pass and tick; return the new events."""
        self.clock.advance(after)
        return list(await self.watch.tick()) if look(self.database, [self.watch]).due else []

    def record(self) -> JobRecord:
        """Return what is stored of the job."""
        with self.database.read() as connection:
            (item,) = jobs.find(connection, "job-1")
        return item.record

    @staticmethod
    def _filters() -> list[Filter]:
        return [Filter(channel="team")]


@pytest.fixture
async def account(database: Database) -> TickingAccount:
    """An account with a running job as its baseline."""
    account = TickingAccount(database)
    account.api.jobs = [RUNNING]
    await account.poll(after=timedelta())
    return account


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Collect the statements that are run meanwhile."""
    seen: list[str] = []

    def keep(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    engine = database.engine  # type: ignore[attr-defined] # both engines have one
    sqlalchemy_event.listen(engine, "before_cursor_execute", keep)
    try:
        yield seen
    finally:
        sqlalchemy_event.remove(engine, "before_cursor_execute", keep)


async def test_a_tick_tells_a_step_while_the_api_is_down(account: TickingAccount) -> None:
    account.api.error = UnavailableError("503")
    assert kinds(await account.poll()) == []
    outage, event = await account.tick(after=18 * HOUR)
    assert outage.kind == "account.unreachable"
    assert (event.kind, event.facts.deadline.step) == ("batch.deadline_approaching", 6 * HOUR)
    assert event.facts.deadline.poll_age == 18 * HOUR + MINUTE
    assert await account.tick() == []
    with account.database.read() as connection:
        (stored,) = events.of_job(connection, "default", "job-1")
    assert stored.event == replace(event, facts=stored.event.facts)
    assert facts_json(stored.event) == facts_json(event)
    assert stored.not_told == {}


async def test_a_tick_that_finds_nothing_writes_nothing(
    account: TickingAccount, database: Database
) -> None:
    with statements(database) as seen:
        assert await account.tick() == []
    assert {statement.split()[0] for statement in seen} <= {"PRAGMA", "BEGIN", "SELECT"}
    assert "BEGIN IMMEDIATE" not in seen


@pytest.mark.sqlite
def test_what_has_not_ended_is_found_by_an_index(database: Database) -> None:
    with database.read() as connection:
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT * FROM batch_jobs WHERE account = 'a' AND finished IS 0"
        ).all()
    assert "ix_batch_jobs_account_finished_status_model_id (account=? AND finished=?)" in str(plan)


async def test_a_tick_reads_only_what_has_not_ended(
    account: TickingAccount, database: Database
) -> None:
    account.api.jobs = [DONE]
    await account.poll()
    with database.read() as connection:
        left = jobs.load_unfinished(connection, "default", last_good_poll_at=START)
    assert left.records == {}


async def test_a_restart_tells_no_step_twice(account: TickingAccount) -> None:
    assert kinds(await account.tick(after=23 * HOUR)) == ["batch.deadline_approaching"]
    account.start()
    assert await account.tick() == []
    assert kinds(await account.tick(after=HOUR)) == ["batch.deadline_missed"]
    account.start()
    assert await account.tick() == []
    assert await account.poll() == []


async def test_a_poll_applies_the_same_rules_in_its_own_transaction(
    account: TickingAccount,
) -> None:
    told = await account.poll(after=23 * HOUR)
    assert kinds(told) == ["batch.deadline_approaching"]
    assert told[0].facts.deadline.poll_age == timedelta()
    assert told[0].facts.gap is not None
    assert await account.tick() == []


async def test_a_failed_poll_applies_them_too(account: TickingAccount) -> None:
    account.api.error = UnavailableError("503")
    assert kinds(await account.poll(after=23 * HOUR)) == ["batch.deadline_approaching"]
    assert kinds(await account.poll(after=HOUR)) == ["account.unreachable", "batch.deadline_missed"]


async def test_a_poll_that_brings_the_end_tells_nothing_else(account: TickingAccount) -> None:
    account.api.jobs = [DONE]
    assert kinds(await account.poll(after=30 * HOUR)) == ["batch.completed"]
    assert await account.tick() == []


async def test_a_deadline_missed_before_the_first_poll_is_in_the_log_only(
    database: Database,
) -> None:
    account = TickingAccount(database)
    account.api.jobs = [replace(RUNNING, job_deadline=START - HOUR)]
    await account.poll()
    with database.read() as connection:
        (missed,) = events.of_job(connection, "default", "job-1")
    assert missed.not_told == {"team": "first poll: missed before batchbell watched"}
    assert await account.tick() == []


async def test_a_stall_and_its_end_are_remembered_across_a_restart(account: TickingAccount) -> None:
    for _ in range(60):
        await account.poll()
    account.start()
    told = [event for _ in range(60) for event in await account.poll()]
    assert kinds(told) == ["batch.stalled"]
    assert account.record().stalled_since == START
    assert account.record().flat_for == 2 * HOUR
    account.start()
    account.api.jobs = [replace(RUNNING, progress=0.26)]
    assert kinds(await account.poll()) == ["batch.resumed"]
    assert account.record().stalled_since is None


async def test_an_outage_is_no_stall(account: TickingAccount) -> None:
    account.api.error = UnavailableError("503")
    told = [event for _ in range(30) for event in await account.poll(after=10 * MINUTE)]
    assert "batch.stalled" not in kinds(told)
    assert await account.tick() == []
    account.api.error = None
    assert "batch.stalled" not in kinds(await account.poll())


async def test_what_was_told_of_a_deadline_is_stored(account: TickingAccount) -> None:
    await account.tick(after=23 * HOUR)
    record = account.record()
    assert (record.told_deadline, record.told_step) == (RUNNING.job_deadline, HOUR)
    assert (record.told_risk, record.at_risk) == (False, False)


async def test_the_risk_is_judged_with_the_stored_samples(account: TickingAccount) -> None:
    told = []
    for step in range(1, 60):
        account.api.jobs = [replace(RUNNING, progress=0.25 + step / 1000)]
        told += await account.poll(after=10 * MINUTE)
    assert kinds(told) == ["batch.at_risk"]
    assert account.record().at_risk
    assert account.record().told_risk


@pytest.mark.usefixtures("account")
async def test_a_forecast_reads_some_hundred_samples_at_most(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
            "INSERT INTO progress_samples (account, job, at, progress) "
            "SELECT 'default', 'job-1', i, i / 5000.0 FROM n"
        )
        rows = connection.execute(select(progress_samples).order_by(progress_samples.c.at))
        everything = [(row.at, row.progress) for row in rows]
        latest = latest_samples(connection, "default", "job-1")
    assert len(everything) == 5001
    assert 200 < len(latest) < 400
    assert latest[-100:] == everything[-100:]
    assert latest == sorted(set(latest) & set(everything))


async def test_a_tick_of_an_account_never_polled_has_nothing_to_say(database: Database) -> None:
    assert await TickingAccount(database).tick() == []


async def test_a_poll_that_was_quicker_leaves_the_tick_nothing(account: TickingAccount) -> None:
    """What the look read is not what the tick finds once it may write."""
    account.clock.advance(23 * HOUR)
    assert look(account.database, [account.watch]).due == [account.watch]
    with account.database.write() as connection:
        connection.exec_driver_sql("UPDATE batch_jobs SET finished = true, status = 'FAILED'")
    assert list(await account.watch.tick()) == []


async def test_as_long_as_a_job_runs_or_polls_fail_time_alone_may_make_news(
    account: TickingAccount,
) -> None:
    assert look(account.database, [account.watch]) == DueTicks([], is_open=True)
    account.api.jobs = [DONE]
    await account.poll()
    assert look(account.database, [account.watch]) == DueTicks([], is_open=False)
    account.api.error = UnavailableError("503")
    await account.poll()
    assert look(account.database, [account.watch]) == DueTicks([], is_open=True)


async def test_what_breaks_in_a_look_at_one_account_is_left_to_its_tick(
    account: TickingAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_transaction: object) -> bool:
        msg = "a bug"
        raise ValueError(msg)

    other = AccountWatch(
        "default", database=account.database, clock=account.clock, filters=list, rules=RULES
    )
    monkeypatch.setattr(account.watch, "is_due", broken)
    assert look(account.database, [account.watch, other]).due == [account.watch]
    account.clock.advance(23 * HOUR)
    assert look(account.database, [account.watch, other]).due == [account.watch, other]


@pytest.mark.sqlite
async def test_a_look_at_accounts_where_nothing_runs_is_one_question(
    database: SqliteDatabase,
) -> None:
    account = TickingAccount(database)
    account.api.jobs = [DONE]
    await account.poll()
    with watched_driver(database) as driver:
        assert look(database, 30 * [account.watch]) == DueTicks([], is_open=False)
    assert [each.split()[0] for each in driver.statements] == ["SELECT"]


async def test_a_tick_that_can_not_be_stored_is_decided_again_by_the_next(
    account: TickingAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        msg = "disk full"
        raise DatabaseError(msg)

    with monkeypatch.context() as patched:
        patched.setattr("batchbell.usecases.tick.announce", fail)
        with pytest.raises(DatabaseError):
            await account.tick(after=23 * HOUR)
    assert account.record().told_step is None
    assert kinds(await account.tick()) == ["batch.deadline_approaching"]


async def test_a_listing_is_as_old_as_its_request_by_the_time_the_answer_brings(
    account: TickingAccount,
) -> None:
    """A wall clock two hours behind asks; the answer's own time must not make it look stale."""
    fetch = account.api.fetch_listing
    account.api.jobs = [DONE]
    account.clock.advance(-2 * HOUR)
    account.clock.restart()

    async def answered(known: object = None) -> object:
        account.clock.advance(2 * HOUR + MINUTE)
        account.clock._began += 2 * HOUR
        return await fetch(known)

    account.api.fetch_listing = answered  # type: ignore[method-assign,assignment]  # a stepped clock
    assert kinds(await account.poll(after=timedelta())) == ["batch.completed"]


async def test_ticks_are_logged_like_polls(
    account: TickingAccount, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="batchbell")
    await account.tick(after=23 * HOUR)
    assert [record.getMessage() for record in caplog.records] == ["batch.deadline_approaching"]


async def test_a_removed_accounts_jobs_do_not_disturb_another(
    account: TickingAccount, database: Database
) -> None:
    other = AccountWatch(
        "other",
        database=database,
        clock=account.clock,
        filters=list,
        rules=RULES,
    )
    account.clock.advance(23 * HOUR)
    assert list(await other.tick()) == []
    with database.read() as connection:
        assert accounts.load(connection, "other").last_poll_at is None


async def test_an_outage_is_told_in_time_though_the_next_poll_is_far_away(
    account: TickingAccount,
) -> None:
    account.api.error = UnavailableError("503")
    await account.poll()
    told = [kinds(await account.tick(after=MINUTE)) for _ in range(10)]
    assert told == [[]] * 4 + [["account.unreachable"]] + [[]] * 5
    account.api.error = None
    assert "account.recovered" in kinds(await account.poll(after=HOUR))
