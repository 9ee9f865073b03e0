from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.diff import SEEN_REFRESH, diff, diff_one
from batchbell.core.event import EventKind
from batchbell.core.facts import BaselineFacts, Facts, StatusFacts
from batchbell.core.job import BatchJob
from batchbell.core.snapshot import Snapshot
from tests.fakes import MINUTE, START, World, applied, kinds, listing, watching
from tests.strategies import listings

if TYPE_CHECKING:
    from random import Random

    from batchbell.core.listing import Listing

RUNNING = BatchJob(
    id="job-1", status="IN_PROGRESS", progress=0.1, created_at=START - timedelta(hours=1)
)


def ended(status: str, **fields: Any) -> BatchJob:
    return replace(RUNNING, status=status, progress=1.0, **fields)


DONE = ended("COMPLETED", output_file_id="file-out")


# The first poll.


def test_the_first_poll_tells_nothing_but_that_it_watches() -> None:
    two_days_ago = START - timedelta(days=2)
    old = replace(DONE, id="old", created_at=two_days_ago, completed_at=two_days_ago)
    recent = replace(DONE, id="recent", completed_at=START - timedelta(hours=2))
    (event,) = World().poll(RUNNING, old, recent)
    assert event.kind is EventKind.ACCOUNT_WATCHING
    assert event.facts.baseline == BaselineFacts(jobs=3, running=1, ended_untold=1)


def test_a_first_poll_of_an_empty_account_is_a_baseline_too() -> None:
    world = World()
    assert kinds(world.poll()) == ["account.watching"]
    assert kinds(world.poll(DONE)) == ["batch.completed", "batch.created"]


def test_a_job_of_the_baseline_is_told_when_it_ends() -> None:
    assert kinds(watching(RUNNING).poll(DONE)) == ["batch.completed"]


# Ends.


@pytest.mark.parametrize(
    ("job", "kind"),
    [
        (DONE, "batch.completed"),
        (replace(DONE, error_file_id="file-err"), "batch.completed_with_errors"),
        (ended("FAILED", error="line 3: invalid JSON"), "batch.failed"),
        (ended("EXPIRED"), "batch.expired"),
        (ended("EXPIRED", output_file_id="file-part"), "batch.expired"),
        (ended("CANCELLED"), "batch.cancelled"),
    ],
)
def test_every_end_has_its_kind_and_is_told_once(job: BatchJob, kind: str) -> None:
    world = watching(RUNNING)
    assert kinds(world.poll(job)) == [kind]
    assert world.poll(job) == []


def test_an_end_names_the_status_before_it() -> None:
    (event,) = watching(RUNNING).poll(DONE)
    assert event.facts == Facts(status=StatusFacts(previous="IN_PROGRESS"))
    assert event.qualifier == "end:COMPLETED"


def test_a_job_first_seen_finished_is_still_told() -> None:
    assert kinds(watching().poll(DONE)) == ["batch.completed", "batch.created"]


def test_a_finished_job_created_long_before_the_last_good_poll_is_old_news() -> None:
    world = watching()
    old = replace(DONE, created_at=START - timedelta(days=8))
    assert world.poll(old) == []
    assert world.poll(old) == []


def test_a_last_good_poll_in_the_future_makes_no_news_old() -> None:
    ahead = Snapshot(account="default", last_good_poll_at=START + timedelta(days=365))
    fresh = replace(DONE, id="fresh", created_at=START - MINUTE)
    decision = diff(ahead, listing(fresh), START)
    assert EventKind.COMPLETED in [event.kind for event in decision.events]


def test_a_job_first_missed_in_the_future_still_vanishes() -> None:
    world = watching(RUNNING)
    world.poll(after=timedelta(days=365))
    world.now -= timedelta(days=365)
    told = [event for _ in range(4) for event in world.poll(after=timedelta(minutes=5))]
    assert kinds(told) == [EventKind.VANISHED]


def test_after_a_long_blind_time_jobs_of_that_time_are_told() -> None:
    world = watching()
    job = replace(DONE, created_at=START + timedelta(days=1))
    assert "batch.completed" in kinds(world.poll(job, after=timedelta(days=30)))


def test_a_finished_job_without_a_creation_time_is_told() -> None:
    assert "batch.completed" in kinds(watching().poll(replace(DONE, created_at=None)))


def test_completed_without_output_waits_for_a_second_listing() -> None:
    world = watching(RUNNING)
    empty = ended("COMPLETED")
    assert world.poll(empty) == []
    assert kinds(world.poll(empty)) == ["batch.completed_empty"]
    assert world.poll(empty) == []


def test_an_output_file_that_comes_late_makes_it_a_plain_completion() -> None:
    world = watching(RUNNING)
    world.poll(ended("COMPLETED"))
    assert kinds(world.poll(DONE)) == ["batch.completed"]


def test_completed_without_output_but_with_an_error_file_is_empty() -> None:
    world = watching(RUNNING)
    job = ended("COMPLETED", error_file_id="file-err")
    assert world.poll(job) == []
    assert kinds(world.poll(job)) == ["batch.completed_empty"]


def test_a_held_end_is_told_even_if_the_job_leaves_the_listing() -> None:
    world = watching(RUNNING)
    world.poll(ended("COMPLETED"))
    assert kinds(world.poll()) == ["batch.completed_empty"]


def test_a_different_end_is_told_as_a_correction() -> None:
    world = watching(DONE)
    (event,) = world.poll(ended("FAILED"))
    assert event.kind is EventKind.FAILED
    assert event.facts.status.corrects == ("COMPLETED",)


def test_an_end_is_final_when_the_api_flaps() -> None:
    world = watching(RUNNING)
    world.poll(DONE)
    assert world.polls([[replace(RUNNING, progress=0.9)], [DONE], [RUNNING], [DONE]]) == []
    assert world.snapshot.records["job-1"].job.status == "COMPLETED"


def test_the_end_happened_when_the_api_says_so() -> None:
    at = START + timedelta(seconds=30)
    (event,) = watching(RUNNING).poll(replace(DONE, completed_at=at))
    assert event.happened_at == at
    assert event.seen_at == START + 2 * MINUTE


@pytest.mark.parametrize("at", [START + timedelta(days=1), START - timedelta(days=1)])
def test_an_unbelievable_end_time_is_replaced_by_now(at: datetime) -> None:
    (event,) = watching(RUNNING).poll(replace(DONE, completed_at=at))
    assert event.happened_at == event.seen_at


# On the way.


def test_a_new_job_is_told_with_its_status() -> None:
    assert kinds(watching().poll(RUNNING)) == ["batch.created", "batch.in_progress"]


def test_each_step_on_the_way_is_told_once() -> None:
    world = watching()
    steps = ["VALIDATING", "IN_PROGRESS", "VALIDATING", "IN_PROGRESS", "CANCELING", "CANCELLED"]
    told = world.polls([[replace(RUNNING, status=status)] for status in steps])
    assert Counter(kinds(told)) == {
        "batch.created": 1,
        "batch.validating": 1,
        "batch.in_progress": 1,
        "batch.canceling": 1,
        "batch.cancelled": 1,
    }


def test_an_unknown_status_is_told_by_its_text_and_counts_as_running() -> None:
    world = watching(RUNNING)
    (event,) = world.poll(replace(RUNNING, status="PAUSED"))
    assert (event.kind, event.qualifier) == (EventKind.STATUS_UNKNOWN, "PAUSED")
    assert world.poll(replace(RUNNING, status="PAUSED")) == []
    assert kinds(world.poll(DONE)) == ["batch.completed"]


def test_a_row_without_a_status_keeps_the_last_known_one() -> None:
    world = watching(RUNNING)
    assert world.poll(replace(RUNNING, status=None, model_id=None)) == []
    assert world.snapshot.records["job-1"].job.status == "IN_PROGRESS"


def test_a_job_first_seen_without_a_status_is_created_and_no_more() -> None:
    assert kinds(watching().poll(BatchJob(id="bare"))) == ["batch.created"]
    assert kinds(World().poll(BatchJob(id="bare"))) == ["account.watching"]


def test_crossing_several_progress_thresholds_tells_the_highest() -> None:
    world = watching(RUNNING)
    (event,) = world.poll(replace(RUNNING, progress=0.6))
    assert (event.kind, event.qualifier) == (EventKind.PROGRESS, "50")
    assert world.poll(replace(RUNNING, progress=0.7)) == []
    assert [e.qualifier for e in world.poll(replace(RUNNING, progress=0.75))] == ["75"]


def test_progress_of_a_job_that_already_ended_is_not_told() -> None:
    world = watching(DONE)
    assert world.poll(RUNNING) == []
    assert world.poll(replace(RUNNING, progress=0.6)) == []


# Missing jobs.


def test_a_job_vanishes_after_three_polls_and_ten_minutes_and_once() -> None:
    world = watching(RUNNING)
    assert world.polls([[]] * 10) == []
    (event,) = world.poll()
    assert (event.kind, event.job_id) == (EventKind.VANISHED, "job-1")
    assert world.polls([[]] * 20) == []


def test_ten_minutes_alone_do_not_make_a_job_vanish() -> None:
    world = watching(RUNNING)
    assert world.poll(after=timedelta(hours=1)) == []
    assert world.poll(after=timedelta(hours=1)) == []
    assert kinds(world.poll(after=timedelta(hours=1))) == ["batch.vanished"]


def test_a_job_that_is_back_counts_from_the_start_again() -> None:
    world = watching(RUNNING)
    world.polls([[]] * 9)
    world.poll(RUNNING)
    assert world.polls([[]] * 9) == []


def test_a_finished_job_may_leave_the_listing_and_costs_one_write() -> None:
    world = watching(DONE)
    assert world.polls([[]] * 30) == []
    assert world.snapshot.records["job-1"].missed_polls == 1
    assert diff(world.snapshot, listing(), world.now).records == ()


def test_a_finished_job_that_is_listed_again_is_missing_no_more() -> None:
    world = watching(DONE)
    world.poll()
    assert world.snapshot.records["job-1"].missed_polls == 1
    world.poll(DONE)
    assert world.snapshot.records["job-1"].missed_polls == 0


# What is younger than the listing stands.


def test_a_listing_requested_before_a_cancel_leaves_its_row_alone() -> None:
    world = watching(RUNNING)
    cancelled_at = world.now + MINUTE
    decision = diff_one(world.snapshot, replace(RUNNING, status="CANCELING"), cancelled_at)
    assert kinds(decision.events) == ["batch.canceling"]
    snapshot = applied(world.snapshot, decision, world.now)
    stale = listing(RUNNING, requested_at=cancelled_at - timedelta(seconds=5))
    later = diff(snapshot, stale, cancelled_at + timedelta(seconds=5))
    assert later.records == ()
    stale_and_empty = replace(stale, jobs=(), ids=frozenset())
    assert diff(snapshot, stale_and_empty, cancelled_at + timedelta(seconds=5)).records == ()


def test_a_clock_stepped_back_does_not_blind_the_diff() -> None:
    world = watching(RUNNING)
    world.now -= timedelta(hours=2)
    assert kinds(world.poll(DONE)) == ["batch.completed"]


def test_one_answered_row_before_the_first_poll_changes_nothing() -> None:
    decision = diff_one(Snapshot(account="default"), RUNNING, START)
    assert (decision.records, decision.events) == ((), ())


def test_a_finished_unchanged_row_is_refreshed_once_an_hour() -> None:
    world = watching(DONE)
    soon = diff(world.snapshot, listing(DONE), world.now + MINUTE)
    later = diff(world.snapshot, listing(DONE), world.now + SEEN_REFRESH)
    assert (len(soon.records), len(later.records)) == (0, 1)


def test_a_changed_field_of_a_finished_job_is_kept() -> None:
    world = watching(DONE)
    world.poll(replace(DONE, error_file_id="file-late"))
    assert world.snapshot.records["job-1"].job.error_file_id == "file-late"


# Properties.


@given(listings())
def test_a_snapshot_compared_with_itself_is_silent(first: Listing) -> None:
    world = World()
    world.poll(*first.jobs)
    known = [record.job for record in world.snapshot.records.values()]
    assert world.poll(*known) == []


@given(st.lists(listings(), min_size=1, max_size=5), st.randoms())
def test_the_order_of_the_listing_is_irrelevant(several: list[Listing], random: Random) -> None:
    straight, shuffled = World(), World()
    for one in several:
        mixed = list(one.jobs)
        random.shuffle(mixed)
        assert straight.poll(*one.jobs) == shuffled.poll(*mixed)
        assert straight.snapshot == shuffled.snapshot


@given(st.lists(listings(), min_size=1, max_size=6))
def test_replaying_a_poll_tells_nothing_twice(several: list[Listing]) -> None:
    world = World()
    for one in several:
        world.poll(*one.jobs)
        world.poll(*one.jobs)
        assert world.poll(*one.jobs) == []


@given(st.lists(listings(st.sampled_from("abc")), min_size=1, max_size=12))
def test_each_status_of_a_job_is_told_at_most_once(several: list[Listing]) -> None:
    world = World()
    world.polls(one.jobs for one in several)
    statuses = [
        (event.job_id, event.qualifier)
        for event in world.told
        if event.qualifier and event.kind is not EventKind.PROGRESS
    ]
    assert len(statuses) == len(set(statuses))


@given(st.lists(listings(st.sampled_from("abc")), min_size=2, max_size=8))
def test_an_end_that_lasts_is_never_lost(several: list[Listing]) -> None:
    """Whatever came before: a job that stays finished is told with the status it stays at."""
    world = watching()
    world.polls([replace(job, created_at=None) for job in one.jobs] for one in several)
    world.poll(*[record.job for record in world.snapshot.records.values()])
    told = {(event.job_id, event.qualifier) for event in world.told}
    for record in world.snapshot.records.values():
        if record.job.finished:
            assert (record.job.id, f"end:{record.job.status}") in told
