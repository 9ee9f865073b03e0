from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.account_health import (
    AccountHealth,
    Trouble,
    after_failed_poll,
    after_good_poll,
    peace_seconds,
    while_failing,
)
from batchbell.core.facts import UnseenFacts
from batchbell.core.job import BatchJob
from batchbell.core.snapshot import VANISHED_MARK, JobRecord, Snapshot
from tests.fakes import MINUTE, START, kinds

if TYPE_CHECKING:
    from batchbell.core.event import Event

WELL = AccountHealth(account="default")


def failed(
    health: AccountHealth, *, minutes: float, unauthorized: bool = False
) -> tuple[AccountHealth, tuple[Event, ...]]:
    return after_failed_poll(
        health,
        error="503: try later",
        trouble=Trouble.KEY_REFUSED if unauthorized else Trouble.API_DOWN,
        now=START + minutes * MINUTE,
        unreachable_after=timedelta(minutes=5),
    )


def test_an_outage_is_told_after_a_while_and_once() -> None:
    health, told = WELL, []
    for minute in range(60):
        health, events = failed(health, minutes=minute)
        told += [(minute, event.kind.value) for event in events]
    assert told == [(5, "account.unreachable")]
    assert health.failures == 60


def test_a_refused_key_is_told_at_once_and_once() -> None:
    health, events = failed(WELL, minutes=0, unauthorized=True)
    assert kinds(events) == ["account.unauthorized"]
    assert failed(health, minutes=9, unauthorized=True)[1] == ()


def test_a_refused_key_followed_by_an_outage_tells_both_once() -> None:
    health, _ = failed(WELL, minutes=0, unauthorized=True)
    health, events = failed(health, minutes=6)
    assert kinds(events) == ["account.unreachable"]
    assert failed(health, minutes=7)[1] == ()


def test_a_recovery_says_how_long_it_was_blind() -> None:
    health, _ = failed(WELL, minutes=0, unauthorized=True)
    health, (event,) = after_good_poll(health, now=START + 90 * MINUTE)
    assert event.kind == "account.recovered"
    assert event.facts.outage.blind_for == timedelta(minutes=90)
    assert health == WELL


def test_it_was_blind_since_the_last_good_poll() -> None:
    health, _ = failed(WELL, minutes=10, unauthorized=True)
    _, (event,) = after_good_poll(health, now=START + 90 * MINUTE, last_good_poll_at=START)
    assert event.facts.outage.blind_for == timedelta(minutes=90)


def test_an_outage_that_was_not_told_recovers_silently() -> None:
    health, _ = failed(WELL, minutes=0)
    assert after_good_poll(health, now=START + MINUTE) == (WELL, ())


def test_a_good_poll_of_a_healthy_account_says_nothing() -> None:
    assert after_good_poll(WELL, now=START) == (WELL, ())


def test_two_outages_have_two_keys() -> None:
    _, (first,) = failed(WELL, minutes=0, unauthorized=True)
    _, (second,) = failed(WELL, minutes=60, unauthorized=True)
    assert first.key != second.key


def test_a_clock_stepped_back_during_an_outage_makes_it_no_longer_than_it_is() -> None:
    health, _ = failed(WELL, minutes=120)
    health, events = failed(health, minutes=0)
    assert (health.failing_since, events) == (START, ())


def test_an_outage_is_told_in_time_though_polls_are_rare() -> None:
    health, _ = failed(WELL, minutes=0)
    after = timedelta(minutes=5)
    assert while_failing(health, now=START + 4 * MINUTE, unreachable_after=after) == (health, ())
    health, events = while_failing(health, now=START + 5 * MINUTE, unreachable_after=after)
    assert kinds(events) == ["account.unreachable"]
    assert while_failing(health, now=START + 6 * MINUTE, unreachable_after=after) == (health, ())
    assert failed(health, minutes=60)[1] == ()


def test_time_alone_makes_no_outage_of_a_healthy_account_or_a_refused_key() -> None:
    refused, _ = failed(WELL, minutes=0, unauthorized=True)
    for health in (WELL, refused):
        later = while_failing(health, now=START + 60 * MINUTE, unreachable_after=MINUTE)
        assert later == (health, ())


@pytest.mark.parametrize(
    ("asked", "refusals", "interval_seconds", "seconds"),
    [
        (120.0, 1, 60, 120),
        (0.0, 9, 60, 0),
        (None, 1, 1, 2),
        (None, 3, 60, 480),
        (None, 4, 60, 900),
        (None, 10**9, 1, 900),
        (None, 1, 86_400, 900),
    ],
)
def test_an_api_that_wants_fewer_calls_gets_fewer(
    asked: float | None, refusals: int, interval_seconds: float, seconds: float
) -> None:
    assert peace_seconds(asked, refusals=refusals, interval_seconds=interval_seconds) == seconds


def record(job_id: str, minutes: float | None, status: str = "IN_PROGRESS") -> JobRecord:
    deadline = None if minutes is None else START + minutes * MINUTE
    job = BatchJob(id=job_id, status=status, job_deadline=deadline, input_file_id=f"file-{job_id}")
    return JobRecord(
        job=job,
        first_seen_at=START,
        last_seen_at=START,
        status_since=START,
        progress_since=START,
    )


def unseen(*records: JobRecord, polled: bool = True) -> UnseenFacts | None:
    """Return what runs on unseen when a key is refused, 9 minutes after the last good poll."""
    snapshot = Snapshot(
        account="default",
        last_good_poll_at=START if polled else None,
        records={each.job.id: each for each in records},
    )
    _, (event,) = after_failed_poll(
        WELL,
        error="401",
        trouble=Trouble.KEY_REFUSED,
        now=START + 9 * MINUTE,
        unreachable_after=MINUTE,
        snapshot=snapshot,
        key_place="TOGETHER_API_KEY",
    )
    assert event.facts.outage.key_place == "TOGETHER_API_KEY"
    return event.facts.unseen


def test_what_runs_on_unseen_is_as_of_the_last_good_poll_and_names_the_next_deadline() -> None:
    gone = replace(record("gone", 20), missed_polls=3, announced=frozenset({VANISHED_MARK}))
    records = (
        record("late", 90),
        record("next", 30),
        record("missed", 5),
        record("whenever", None),
        record("ended", 10, "COMPLETED"),
        gone,
    )
    assert unseen(*records) == UnseenFacts(
        jobs=4,
        since=START,
        next_deadline=START + 30 * MINUTE,
        next_job="next",
        next_file_id="file-next",
    )


def test_without_a_deadline_ahead_the_jobs_are_only_counted() -> None:
    assert unseen(record("missed", 5)) == UnseenFacts(jobs=1, since=START)
    assert unseen() == UnseenFacts(jobs=0, since=START)


def test_without_a_good_poll_nobody_guesses_what_runs() -> None:
    assert unseen(polled=False) is None


def test_an_outage_that_a_tick_tells_counts_too() -> None:
    health, _ = failed(WELL, minutes=0)
    snapshot = Snapshot(account="default", last_good_poll_at=START)
    _, (event,) = while_failing(
        health, now=START + 60 * MINUTE, unreachable_after=MINUTE, snapshot=snapshot
    )
    assert event.facts.unseen == UnseenFacts(jobs=0, since=START)
