"""Which failures of jobs need a look."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, event

from batchbell.core.event import EventKind
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import ResultsState
from batchbell.core.snapshot import JobRecord
from batchbell.core.standing.jobs import FAILURE_NEEDS_A_LOOK
from batchbell.store import accounts, acks, jobs
from batchbell.store.remembered_answers import RememberedAnswers
from batchbell.store.tables import batch_jobs, events
from batchbell.store.views.open_ends import open_ends, open_ends_by
from tests.came_back import partial, put, unread
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.store.database import Database, Transaction


def has(
    transaction: Transaction,
    job_id: str,
    status: str,
    account: str = "default",
    meaning: JobState | None = None,
) -> BatchJob:
    job = BatchJob(id=job_id, status=status, meaning=meaning, output_file_id="file-out")
    record = JobRecord(
        job=job, first_seen_at=START, last_seen_at=START, status_since=START, progress_since=START
    )
    accounts.save(transaction, accounts.load(transaction, account))
    jobs.save(transaction, account, [record])
    return job


def told(
    transaction: Transaction,
    job_id: str,
    kind: EventKind,
    at: datetime = START,
    account: str = "default",
    qualifier: str = "",
) -> int:
    stored = events.insert().values(
        account=account,
        job=job_id,
        kind=kind.value,
        qualifier=qualifier,
        happened_at=at,
        seen_at=at,
        data={},
        not_told={},
    )
    number: int = transaction.execute(stored.returning(events.c.id)).scalar_one()
    return number


def found(database: Database, now: datetime = START) -> Sequence[tuple[str, str]]:
    with database.read() as transaction:
        return open_ends(transaction, now).failures


def test_the_last_to_fail_comes_first_and_each_job_once(database: Database) -> None:
    with database.write() as transaction:
        for job_id, account in (("one", "default"), ("two", "default"), ("one", "other")):
            has(transaction, job_id, "FAILED", account)
        told(transaction, "one", EventKind.DEADLINE_MISSED, START - 9 * MINUTE)
        told(transaction, "one", EventKind.FAILED, START - MINUTE)
        told(transaction, "two", EventKind.FAILED, START - 2 * MINUTE)
        told(transaction, "one", EventKind.FAILED, START - 5 * MINUTE, "other")
    assert found(database) == [("default", "one"), ("default", "two"), ("other", "one")]


def test_who_failed_a_day_ago_was_acknowledged_or_ended_well_is_left_out(
    database: Database,
) -> None:
    a_day_ago = START - FAILURE_NEEDS_A_LOOK
    with database.write() as transaction:
        for job_id in ("open", "old", "seen"):
            has(transaction, job_id, "FAILED")
        has(transaction, "late", "COMPLETED")
        has(transaction, "runs", "IN_PROGRESS")
        told(transaction, "open", EventKind.FAILED, a_day_ago)
        told(transaction, "old", EventKind.FAILED, a_day_ago - timedelta(microseconds=1))
        number = told(transaction, "seen", EventKind.FAILED)
        acks.save(transaction, "default", "seen", event_id=number, now=START)
        told(transaction, "late", EventKind.DEADLINE_MISSED)
        told(transaction, "runs", EventKind.DEADLINE_MISSED)
    assert found(database) == [("default", "open")]


def test_a_failure_is_one_whatever_word_its_provider_has_for_it(database: Database) -> None:
    ended = {
        "burst": ("EXPLODED", JobState.FAILED),
        "late": ("GONE", JobState.EXPIRED),
        "done": ("FAILED", JobState.COMPLETED),
        "again": ("FAILED", JobState.IN_PROGRESS),
        "odd": ("EXPLODED", None),
        "plain": ("EXPIRED", None),
    }
    with database.write() as transaction:
        for number, (job_id, (status, meaning)) in enumerate(ended.items()):
            has(transaction, job_id, status, meaning=meaning)
            told(transaction, job_id, EventKind.FAILED, START - number * MINUTE)
    assert [job_id for _, job_id in found(database)] == ["burst", "late", "plain"]


def test_a_job_that_is_gone_or_goes_on_needs_no_look_from_the_next_reader_on(
    database: Database,
) -> None:
    with database.write() as transaction:
        for job_id in ("gone", "goes on", "stays"):
            has(transaction, job_id, "FAILED")
            told(transaction, job_id, EventKind.FAILED)
    remembered = RememberedAnswers(database.state)

    def left() -> list[str]:
        with database.read() as transaction:
            known = open_ends_by(remembered.of(transaction), START).failures
        return sorted(job_id for _, job_id in known)

    assert left() == ["goes on", "gone", "stays"]
    with database.write() as transaction:
        transaction.execute(delete(batch_jobs).where(batch_jobs.c.id == "gone"))
    assert left() == ["goes on", "stays"]
    with database.write() as transaction:
        has(transaction, "goes on", "IN_PROGRESS")
    assert left() == ["stays"]
    with database.write() as transaction:
        has(transaction, "new", "FAILED")
        told(transaction, "new", EventKind.FAILED)
    assert left() == ["new", "stays"]


def test_who_ended_well_and_lost_its_results_has_failed(database: Database) -> None:
    with database.write() as transaction:
        lost, skipped = (has(transaction, each, "COMPLETED") for each in ("lost", "skipped"))
        for job_id in ("lost", "skipped"):
            told(transaction, job_id, EventKind.RESULTS_LOST)
    put(
        database,
        unread(lost, ResultsState.LOST, "HTTP 404"),
        unread(skipped, ResultsState.SKIPPED, "turned off"),
    )
    assert found(database) == [("default", "lost")]


def test_who_ended_well_with_nothing_that_succeeded_has_failed_that_day(
    database: Database,
) -> None:
    ended = {"none": Verdict.EMPTY, "old": Verdict.EMPTY, "seen": Verdict.EMPTY}
    ended |= {"some": Verdict.PARTIAL, "stopped": Verdict.EMPTY}
    a_day_ago = START - FAILURE_NEEDS_A_LOOK - MINUTE
    with database.write() as transaction:
        done = {
            each: has(transaction, each, "CANCELLED" if each == "stopped" else "COMPLETED")
            for each in ended
        }
        for job_id, job in done.items():
            at = a_day_ago if job_id == "old" else START - MINUTE
            kind = EventKind.CANCELLED if job_id == "stopped" else EventKind.COMPLETED
            number = told(transaction, job_id, kind, at, qualifier=f"end:{job.status}")
            if job_id == "seen":
                acks.save(transaction, "default", job_id, event_id=number, now=START)
    put(database, *(replace(partial(done[each]), verdict=ended[each]) for each in ended))
    assert found(database) == [("default", "none")]


def test_what_came_back_of_those_that_failed_is_not_asked_for(database: Database) -> None:
    with database.write() as transaction:
        for number in range(40):
            has(transaction, f"job-{number}", "FAILED")
            told(transaction, f"job-{number}", EventKind.FAILED)
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        asked.append(statement)

    with database.read() as transaction:
        event.listen(transaction, "before_cursor_execute", note)
        assert len(open_ends(transaction, START).failures) == 40
    assert not [each for each in asked if "results.job IN" in each]


def test_what_is_remembered_of_an_hour_tells_the_same_at_any_time_of_it(
    database: Database,
) -> None:
    hour = START.replace(minute=0, second=0, microsecond=0)
    a_day_ago = hour - FAILURE_NEEDS_A_LOOK
    with database.write() as transaction:
        for number in range(-3, 8):
            has(transaction, f"job-{number}", "FAILED")
            told(transaction, f"job-{number}", EventKind.FAILED, a_day_ago + number * 10 * MINUTE)
    remembered = RememberedAnswers(database.state)
    for minutes in (0, 5, 10, 20, 30, 59, 10, 60, 61, 75, 130):
        now = hour + minutes * MINUTE
        with database.read() as transaction:
            left = [*open_ends_by(remembered.of(transaction), now).failures]
        assert left == found(database, now)
    assert found(database, hour + 130 * MINUTE) == []
