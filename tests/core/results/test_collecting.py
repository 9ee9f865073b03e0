"""When the files of a job that ended are read, tried again, and given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from batchbell.core.job import BatchJob
from batchbell.core.results.collecting import (
    Collection,
    CollectionTerms,
    after_attempt,
    is_collectable,
    is_outdated,
    to_collect,
)
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import FileKind, ResultsState
from tests.fakes import MINUTE, START

TERMS = CollectionTerms(wait=MINUTE, give_up_after=timedelta(hours=24))
ENDED = BatchJob(
    id="job", status="COMPLETED", input_file_id="in", output_file_id="out", error_file_id="err"
)


def begun(terms: CollectionTerms = TERMS) -> Collection:
    return to_collect(ENDED, "prod", terms, now=START)


def test_an_end_is_read_at_once_and_its_files_are_in_the_order_in_which_they_are_read() -> None:
    collection = begun()
    assert collection.next_attempt_at == collection.created_at == START
    assert collection.free_at == START + MINUTE
    assert collection.give_up_at == START + timedelta(hours=24)
    assert collection.end == "end:COMPLETED"
    assert collection.key == ("prod", "job")
    assert [(file.kind, file.id) for file in collection.results.files] == [
        (FileKind.INPUT, "in"),
        (FileKind.OUTPUT, "out"),
        (FileKind.ERRORS, "err"),
    ]


@pytest.mark.parametrize(
    ("job", "is_read"),
    [
        (ENDED, True),
        (replace(ENDED, output_file_id=None), True),
        (replace(ENDED, error_file_id=None, status="EXPIRED"), True),
        (replace(ENDED, output_file_id=None, error_file_id=None), False),
        (replace(ENDED, status="IN_PROGRESS"), False),
    ],
)
def test_what_has_ended_with_a_result_file_is_read(job: BatchJob, *, is_read: bool) -> None:
    assert is_collectable(job) is is_read


@pytest.mark.parametrize(
    ("job", "is_other"),
    [
        (ENDED, False),
        (replace(ENDED, progress=1.0, model_id="m"), False),
        (replace(ENDED, status="EXPIRED"), True),
        (replace(ENDED, error_file_id="later"), True),
        (replace(ENDED, input_file_id=None), True),
    ],
)
def test_another_end_or_another_file_is_counted_anew(job: BatchJob, *, is_other: bool) -> None:
    assert is_outdated(begun().results, job) is is_other


def test_after_failures_it_is_read_in_five_seconds_then_in_twice_that_up_to_a_quarter_hour() -> (
    None
):
    collection, now, delays = begun(replace(TERMS, wait=timedelta())), START, []
    for _ in range(10):
        collection = after_attempt(collection, collection.results, now)
        delays.append((collection.next_attempt_at - now).total_seconds())
        now = collection.next_attempt_at
    assert delays == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    assert collection.attempts == 10


def test_the_last_attempt_is_when_it_is_given_up_and_lost_if_that_fails_too() -> None:
    collection, now = begun(), START
    while collection.results.state is ResultsState.WAITING:
        last = now
        collection = after_attempt(collection, collection.results, now)
        now = collection.next_attempt_at
    assert last == START + timedelta(hours=24)
    assert collection.results.state is ResultsState.LOST
    assert collection.results.verdict is Verdict.UNKNOWN


def test_an_attempt_is_made_when_the_wait_for_the_input_ends() -> None:
    collection, now, tries = begun(), START, []
    while now <= START + 2 * MINUTE:
        tries.append((now - START).total_seconds())
        collection = after_attempt(collection, collection.results, now)
        now = collection.next_attempt_at
    assert tries == [0, 5, 15, 35, 60]


def test_an_api_that_wants_fewer_calls_is_left_alone_but_for_the_last_attempt() -> None:
    hour = timedelta(hours=1)
    collection = after_attempt(begun(), begun().results, START, retry_after=hour)
    assert collection.next_attempt_at == START + hour
    collection = after_attempt(begun(), begun().results, START, retry_after=48 * hour)
    assert collection.next_attempt_at == START + 24 * hour


def test_files_are_not_lost_for_what_this_machine_can_not_do() -> None:
    late = START + timedelta(hours=25)
    collection = after_attempt(begun(), begun().results, late, may_be_lost=False)
    assert collection.results.state is ResultsState.WAITING
    assert collection.next_attempt_at == late + timedelta(seconds=5)
    assert collection.give_up_at == collection.next_attempt_at


def test_what_is_counted_is_counted_even_after_it_would_be_given_up() -> None:
    found = replace(begun().results, state=ResultsState.COUNTED, verdict=Verdict.COMPLETE)
    collection = after_attempt(begun(), found, START + timedelta(days=9))
    assert collection.results == found
    assert collection.attempts == 1


def test_no_number_of_attempts_is_too_many() -> None:
    many = replace(begun(), attempts=10**6, give_up_at=START + timedelta(days=99_999))
    late = START + MINUTE
    assert after_attempt(many, many.results, late).next_attempt_at == late + 15 * MINUTE
