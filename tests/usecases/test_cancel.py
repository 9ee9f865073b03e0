"""Cancel and retry on a real database file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from batchbell.clock import Clock
from batchbell.core.diff import diff
from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.core.listing import Listing
from batchbell.core.routing import Filter
from batchbell.core.snapshot import Snapshot
from batchbell.errors import DatabaseError, RefusedError
from batchbell.store import accounts, channels, ledger, queue, tables
from batchbell.store import events as event_log
from batchbell.store import jobs as job_rows
from batchbell.usecases import cancel
from batchbell.usecases.announce import announce
from tests.claims import claim_next

if TYPE_CHECKING:
    from sqlalchemy import Table

    from batchbell.core.snapshot import JobRecord
    from batchbell.store.database import Database

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEEP = timedelta(days=90)
LONG_AGO = NOW - timedelta(days=100)
LATELY = NOW - timedelta(days=10)
TEAM = Filter(channel="team", events=("*",))
RUNNING = BatchJob(id="batch-1", status="IN_PROGRESS", progress=0.4, model_id="some/model")


@pytest.fixture
def database(database: Database) -> Database:
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))
    return database


@dataclass
class FakeApi:
    """Answers a cancel with this row, or this error."""

    answer: BatchJob | RefusedError

    @property
    def elsewhere(self) -> str:
        return "http://127.0.0.1:1/v1"

    async def cancel_batch(self, batch_job_id: str) -> BatchJob:
        if isinstance(self.answer, RefusedError):
            raise self.answer
        assert self.answer.id == batch_job_id
        return self.answer


def poll(database: Database, *listed: BatchJob, at: datetime, now: datetime | None = None) -> None:
    """Record a good poll of these jobs, requested at `at`."""
    now = now or at
    listing = Listing(jobs=listed, ids=frozenset(job.id for job in listed), requested_at=at)
    with database.write() as connection:
        state = accounts.load(connection, "default")
        records = {each.record.job.id: each.record for each in job_rows.listed(connection)}
        snapshot = Snapshot(
            account="default", last_good_poll_at=state.last_good_poll_at, records=records
        )
        decision = diff(snapshot, listing, now)
        job_rows.save(connection, "default", decision.records)
        announce(connection, decision.events, [TEAM], now)
        accounts.save(connection, replace(state, last_good_poll_at=now))


async def cancel_it(database: Database, api: FakeApi, *, clock: Clock | None = None) -> BatchJob:
    return await cancel.cancel(
        "batch-1",
        account="default",
        client=api,
        database=database,
        clock=clock or Clock(),
        filters=[TEAM],
    )


def record_of(database: Database, job_id: str = "batch-1") -> JobRecord:
    with database.read() as connection:
        (found,) = job_rows.find(connection, job_id)
    return found.record


def kinds(database: Database) -> list[str]:
    with database.read() as connection:
        return [stored.event.kind.value for stored in event_log.log(connection)]


def count(database: Database, table: Table) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


class TestCancel:
    async def test_the_answered_row_is_recorded_and_told_like_a_polls(
        self, database: Database
    ) -> None:
        poll(database, RUNNING, at=datetime.now(UTC) - timedelta(minutes=1))

        answered = await cancel_it(database, FakeApi(BatchJob(id="batch-1", status="CANCELING")))

        assert answered.status == "CANCELING"
        assert record_of(database).job == replace(RUNNING, status="CANCELING")
        assert kinds(database)[-1] == "batch.canceling"
        with database.write() as connection:
            claimed = claim_next(connection, "team", datetime.now(UTC) + timedelta(seconds=1))
            assert claimed is not None
            told = queue.events_of(connection, [claimed.notification_id])
        assert EventKind.CANCELING in {stored.event.kind for stored in told}

    async def test_a_listing_requested_before_it_does_not_undo_it(self, database: Database) -> None:
        requested = datetime.now(UTC)
        poll(database, RUNNING, at=requested - timedelta(minutes=1))
        await cancel_it(database, FakeApi(replace(RUNNING, status="CANCELING")))

        poll(database, RUNNING, at=requested, now=datetime.now(UTC))

        assert record_of(database).job.status == "CANCELING"

    async def test_a_job_no_poll_has_listed_yet_is_recorded_too(self, database: Database) -> None:
        poll(database, at=datetime.now(UTC) - timedelta(minutes=1))

        await cancel_it(database, FakeApi(replace(RUNNING, status="CANCELING")))

        assert record_of(database).job.status == "CANCELING"
        assert kinds(database)[-2:] == ["batch.canceling", "batch.created"]

    async def test_before_the_first_poll_nothing_is_recorded(self, database: Database) -> None:
        await cancel_it(database, FakeApi(replace(RUNNING, status="CANCELING")))

        assert kinds(database) == []
        assert count(database, tables.batch_jobs) == 0

    async def test_what_the_api_refuses_changes_nothing(self, database: Database) -> None:
        poll(database, RUNNING, at=datetime.now(UTC) - timedelta(minutes=1))
        before = record_of(database)

        with pytest.raises(RefusedError):
            await cancel_it(database, FakeApi(RefusedError("no", status_code=400)))

        assert record_of(database) == before

    async def test_a_database_that_fails_afterwards_does_not_hide_that_it_is_cancelled(
        self, database: Database
    ) -> None:
        with database.write() as connection:
            connection.exec_driver_sql("ALTER TABLE accounts RENAME TO lost")

        with pytest.raises(DatabaseError, match="batch-1 is CANCELING at the API"):
            await cancel_it(database, FakeApi(replace(RUNNING, status="CANCELING")))


class TestRetry:
    def test_a_dead_notification_is_pending_again(self, database: Database) -> None:
        first, second = (self._dead(database, job_id) for job_id in ("batch-1", "batch-2"))

        assert cancel.retry_deliveries(database, [first], NOW) == {first}
        assert cancel.retry_deliveries(database, [first], NOW) == set()
        assert cancel.retry_deliveries(database, None, NOW) == {second}

        with database.write() as connection:
            claimed = claim_next(connection, "team", NOW)
        assert claimed is not None
        assert claimed.notification_id == first
        assert claimed.attempts == 0
        assert second != first

    def test_one_that_is_left_stays_dead_but_its_channel_is_tried_again(
        self, database: Database
    ) -> None:
        first, second = (self._dead(database, job_id) for job_id in ("batch-1", "batch-2"))
        with database.write() as connection:
            channels.save(connection, channels.load(connection, "team"))
            channels.disable(connection, "team", NOW)

        assert cancel.retry_deliveries(database, [second], NOW) == {second}
        assert cancel.retry_deliveries(database, [first], NOW) == {first}

        with database.write() as connection:
            channels.disable(connection, "team", NOW)
        assert cancel.retry_deliveries(database, [], NOW, enabling=["team"]) == set()
        with database.read() as connection:
            assert channels.disabled(connection) == set()

    @pytest.mark.unmeasured
    def test_more_are_named_than_a_statement_takes(self, database: Database) -> None:
        dead = self._dead(database, "batch-1")
        assert cancel.retry_deliveries(database, range(300_000), NOW) == {dead}

    @staticmethod
    def _dead(database: Database, job_id: str) -> int:
        with database.write() as connection:
            announce(connection, [event(job_id, LONG_AGO)], [TEAM], LONG_AGO)
            claimed = claim_next(connection, "team", LONG_AGO)
            assert claimed is not None
            ledger.give_up(connection, claimed, reason="gone", now=LONG_AGO)
        return claimed.notification_id


def event(job_id: str, seen_at: datetime, kind: EventKind = EventKind.COMPLETED) -> Event:
    return Event(
        kind=kind,
        account="default" if job_id else "",
        job_id=job_id,
        qualifier=f"{seen_at}",
        happened_at=seen_at,
        seen_at=seen_at,
    )
