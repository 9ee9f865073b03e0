"""What pruning deletes and keeps, on a real database file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from batchbell.core.delivery.outcome import Outcome
from batchbell.core.downsampling import KEPT_ENDED, KEPT_OLD, KEPT_RUNNING
from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.core.outlook import Forecast
from batchbell.core.routing import Filter
from batchbell.core.snapshot import JobRecord, ProgressSample
from batchbell.store import accounts, history, ledger, tables
from batchbell.store import events as event_log
from batchbell.store import jobs as job_rows
from batchbell.store import samples as progress
from batchbell.store.sqlite.file import LOG_LIMIT_BYTES
from batchbell.store.views.forecasts import outlooks
from batchbell.usecases.announce import announce
from batchbell.usecases.retain import Pruned, prune
from tests.claims import claim_next
from tests.fakes import START as NOW

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from batchbell.store.database import Database
    from batchbell.store.sqlite.database import SqliteDatabase

KEEP = timedelta(days=90)
LONG_AGO = NOW - timedelta(days=100)
LATELY = NOW - timedelta(days=10)
MINUTE = timedelta(minutes=1)
TEAM = Filter(channel="team", events=("*",))


@pytest.fixture(autouse=True)
def _account(database: Database) -> None:
    with database.write() as connection:
        accounts.save(connection, accounts.load(connection, "default"))


def record_of(database: Database, job_id: str) -> JobRecord:
    with database.read() as connection:
        (found,) = job_rows.find(connection, job_id)
    return found.record


def kinds(database: Database) -> list[str]:
    with database.read() as connection:
        return [stored.event.kind.value for stored in event_log.log(connection)]


def count(database: Database, table: Table) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def event(job_id: str, seen_at: datetime, kind: EventKind = EventKind.COMPLETED) -> Event:
    return Event(
        kind=kind,
        account="default" if job_id else "",
        job_id=job_id,
        qualifier=f"{seen_at}",
        happened_at=seen_at,
        seen_at=seen_at,
    )


def make_job(
    connection: Connection,
    job_id: str,
    *,
    status: str,
    unlisted_at: datetime | None = None,
    deadline: datetime | None = None,
) -> None:
    record = JobRecord(
        job=BatchJob(id=job_id, status=status, progress=0.5, job_deadline=deadline),
        first_seen_at=LONG_AGO,
        last_seen_at=unlisted_at or NOW,
        status_since=LONG_AGO,
        progress_since=LONG_AGO,
        missed_polls=0 if unlisted_at is None else 1,
        missing_since=unlisted_at,
    )
    job_rows.save(connection, "default", [record])
    sample = ProgressSample(job_id=job_id, at=LONG_AGO, progress=0.5)
    progress.save(connection, "default", [sample])


def tell(connection: Connection, *told: Event, sent: bool = True) -> None:
    """Record events as one notification, and have it sent if so asked."""
    announce(connection, told, [TEAM], told[0].seen_at)
    if not sent:
        return
    claimed = claim_next(connection, "team", told[0].seen_at)
    assert claimed is not None
    outcome = Outcome(delivered=True, reason="")
    ledger.record_attempt(
        connection,
        claimed.notification_id,
        outcome,
        started_at=told[0].seen_at,
        duration=timedelta(seconds=1),
    )
    assert ledger.mark_sent(connection, claimed, 1, told[0].seen_at)


def test_a_job_long_unlisted_goes_with_all_that_belongs_to_it(database: Database) -> None:
    with database.write() as connection:
        make_job(connection, "old", status="COMPLETED", unlisted_at=LONG_AGO)
        tell(connection, event("old", LONG_AGO))

    pruned = prune(database, KEEP, NOW)

    assert pruned == Pruned(jobs=1, events=1, notifications=1, samples=0)
    for table in tables.metadata.sorted_tables:
        if table is not tables.accounts:
            assert count(database, table) == 0, table.name


@pytest.mark.parametrize(
    ("status", "unlisted_at"),
    [
        pytest.param("COMPLETED", None, id="still listed"),
        pytest.param("COMPLETED", LATELY, id="lately unlisted"),
        pytest.param("IN_PROGRESS", LATELY, id="lately vanished while running"),
        pytest.param("PAUSED", None, id="of an unknown status"),
    ],
)
def test_every_other_job_keeps_its_row_and_its_events(
    database: Database, status: str, unlisted_at: datetime | None
) -> None:
    with database.write() as connection:
        make_job(connection, "kept", status=status, unlisted_at=unlisted_at)
        tell(connection, event("kept", LONG_AGO))

    assert prune(database, KEEP, NOW) == Pruned(jobs=0, events=0, notifications=0, samples=0)

    assert record_of(database, "kept").job.status == status
    assert kinds(database) == ["batch.completed"]
    assert count(database, tables.attempts) == 1
    assert count(database, tables.progress_samples) == 1


def test_a_job_that_vanished_while_it_ran_goes_when_its_deadline_is_as_long_ago(
    database: Database,
) -> None:
    with database.write() as connection:
        for job_id, deadline in (("gone", LONG_AGO), ("unknown", None), ("kept", LATELY)):
            make_job(connection, job_id, status="PAUSED", unlisted_at=LONG_AGO, deadline=deadline)
    assert prune(database, KEEP, NOW).jobs == 2
    with database.read() as connection:
        assert connection.execute(select(tables.batch_jobs.c.id)).scalars().all() == ["kept"]


def test_a_pending_notification_keeps_its_event(database: Database) -> None:
    with database.write() as connection:
        tell(connection, event("gone", LONG_AGO), sent=False)

    prune(database, KEEP, NOW)

    assert kinds(database) == ["batch.completed"]
    with database.write() as connection:
        assert claim_next(connection, "team", NOW) is not None


def test_a_digest_stays_while_it_tells_anything_that_stays(database: Database) -> None:
    with database.write() as connection:
        make_job(connection, "kept", status="COMPLETED")
        tell(connection, event("gone", LONG_AGO), event("kept", LONG_AGO))

    pruned = prune(database, KEEP, NOW)

    assert pruned == Pruned(jobs=0, events=1, notifications=0, samples=0)
    with database.read() as connection:
        (left,) = event_log.log(connection)
    assert left.event.job_id == "kept"
    assert count(database, tables.notifications) == 1


def test_old_events_of_channels_go_and_young_ones_stay(database: Database) -> None:
    with database.write() as connection:
        tell(connection, event("", LONG_AGO, EventKind.CHANNEL_FAILING))
        tell(connection, event("", LATELY, EventKind.CHANNEL_RECOVERED))

    assert prune(database, KEEP, NOW).events == 1

    assert kinds(database) == ["channel.recovered"]


def test_small_transactions_reach_everything(database: Database) -> None:
    with database.write() as connection:
        for number in range(25):
            make_job(connection, f"old-{number}", status="FAILED", unlisted_at=LONG_AGO)
            make_job(connection, f"kept-{number}", status="FAILED")
            events = (event(f"old-{number}", LONG_AGO), event(f"kept-{number}", LONG_AGO))
            announce(connection, events, [], LONG_AGO)

    pruned = prune(database, KEEP, NOW, at_once=10)

    assert pruned == Pruned(jobs=25, events=25, notifications=0, samples=0)
    assert count(database, tables.batch_jobs) == 25
    assert count(database, tables.events) == 25


def sampled(database: Database, job: BatchJob, samples: int, *, until: datetime = NOW) -> None:
    """Let the job be seen to move in every minute up to a moment, then as it is."""
    began = until - samples * MINUTE
    record = JobRecord(
        job=replace(job, status="IN_PROGRESS"),
        first_seen_at=began,
        last_seen_at=began,
        status_since=began,
        progress_since=began,
    )
    with database.write() as connection:
        for number in range(1, samples + 1):
            at = began + number * MINUTE
            moved = replace(
                record,
                job=replace(record.job, progress=number / samples / 2),
                progress_since=at,
                last_seen_at=at,
            )
            job_rows.save(connection, "default", [moved])
            sample = ProgressSample(job_id=job.id, at=at, progress=moved.job.progress or 0.0)
            progress.save(connection, "default", [sample])
        ended = replace(
            moved,
            job=replace(moved.job, status=job.status),
            status_since=until if job.finished else began,
        )
        job_rows.save(connection, "default", [ended])


@pytest.mark.parametrize(
    ("status", "ended", "kept"),
    [
        ("IN_PROGRESS", timedelta(), 200),
        ("COMPLETED", timedelta(minutes=59), 200),
        ("COMPLETED", timedelta(minutes=61), KEPT_ENDED),
        ("FAILED", timedelta(days=8), KEPT_OLD),
    ],
)
def test_the_samples_of_ended_jobs_are_thinned_with_age(
    database: Database, status: str, ended: timedelta, kept: int
) -> None:
    sampled(database, BatchJob(id="job", status=status), 200, until=NOW - ended)
    with database.read() as connection:
        times = list(connection.execute(select(tables.progress_samples.c.at)).scalars())
    assert prune(database, KEEP, NOW).samples == 200 - kept
    with database.read() as connection:
        left = list(connection.execute(select(tables.progress_samples.c.at)).scalars())
    assert len(left) == kept
    assert (min(left), max(left)) == (min(times), max(times))
    # What is downsampled once has nothing more to give.
    assert prune(database, KEEP, NOW).samples == 0


@pytest.mark.unmeasured
def test_no_forecast_changes_by_a_pruning(database: Database) -> None:
    sampled(database, BatchJob(id="job", status="IN_PROGRESS"), KEPT_RUNNING + 500)

    def forecast() -> Forecast:
        with database.read() as connection:
            (item,) = job_rows.find(connection, "job")
            outlook = outlooks(connection, [item], NOW)["default", "job"]
        assert isinstance(outlook, Forecast)
        return outlook

    before = forecast()
    assert prune(database, KEEP, NOW).samples == 500
    assert forecast() == before


def test_a_pruning_that_is_killed_leaves_the_rest_to_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as connection:
        for number in range(30):
            make_job(connection, f"old-{number}", status="FAILED", unlisted_at=LONG_AGO)
            tell(connection, event(f"old-{number}", LONG_AGO))
    calls = iter(range(3))

    def dying(connection: Connection, event_ids: list[int]) -> int:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return delete_events(connection, event_ids)

    delete_events = history.delete_events
    with monkeypatch.context() as patched:
        patched.setattr(history, "delete_events", dying)
        with pytest.raises(KeyboardInterrupt):
            prune(database, KEEP, NOW, at_once=5)
    assert 0 < count(database, tables.events) < 30
    prune(database, KEEP, NOW, at_once=5)
    assert count(database, tables.events) == count(database, tables.notifications) == 0


@pytest.mark.unmeasured
@pytest.mark.sqlite
def test_the_write_ahead_log_is_short_again_after_a_long_reader(
    database: SqliteDatabase,
) -> None:
    log = database.path.with_name(f"{database.path.name}-wal")
    with closing(sqlite3.connect(database.path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM events").fetchone()
        while log.stat().st_size < LOG_LIMIT_BYTES + 2**20:
            with database.write() as connection:
                job = BatchJob(id="job", error="x" * 500_000, progress=log.stat().st_size / 1e9)
                job_rows.save(connection, "default", [record_for(job)])
    prune(database, KEEP, NOW)
    assert log.stat().st_size == 0


def record_for(job: BatchJob) -> JobRecord:
    return JobRecord(
        job=job, first_seen_at=NOW, last_seen_at=NOW, status_since=NOW, progress_since=NOW
    )


def test_what_was_sent_is_not_kept_twice(database: Database) -> None:
    with database.write() as connection:
        announce(connection, [event("job", NOW)], [TEAM], NOW)
        claimed = claim_next(connection, "team", NOW)
        assert claimed is not None
        ledger.fix_content(connection, claimed.notification_id, {"title": "x" * 10_000})
        assert ledger.mark_sent(connection, claimed, 1, NOW)
        contents = list(connection.execute(select(tables.notifications.c.content)).scalars())
    assert contents == [None]
