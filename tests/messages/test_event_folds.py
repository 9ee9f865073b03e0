from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.facts import Facts, ResultsFacts
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Verdict
from batchbell.messages.event_folds import (
    each_alone,
    folded,
    jobs_of,
    others_words,
    row_words,
    severity_of_row,
)

NOW = datetime(2026, 11, 29, 21, 0, tzinfo=UTC)
SOME = Facts(
    results=ResultsFacts(
        verdict=Verdict.PARTIAL, requests=1_000, succeeded=950, failed=40, missing=10
    )
)


def event(kind: EventKind, job: str = "one", **fields: object) -> Event:
    usual: dict[str, object] = {
        "kind": kind,
        "account": "default",
        "job_id": job,
        "happened_at": NOW,
        "seen_at": NOW,
        "job": BatchJob(id=job, progress=0.5),
    }
    return Event(**{**usual, **fields})  # type: ignore[arg-type]


CREATED, VALIDATING, RUNS = (
    event(kind) for kind in (EventKind.CREATED, EventKind.VALIDATING, EventKind.IN_PROGRESS)
)
HALF = event(EventKind.PROGRESS, facts=Facts(threshold=50))
STALLED = event(EventKind.STALLED)
END = event(EventKind.COMPLETED, qualifier="end:COMPLETED")
RESULTS, INCOMPLETE, LOST = (
    event(kind, qualifier="end:COMPLETED", facts=SOME)
    for kind in (EventKind.RESULTS, EventKind.INCOMPLETE, EventKind.RESULTS_LOST)
)


def rows(*events: Event, keeps: tuple[Event, ...] = ()) -> list[tuple[Event, ...]]:
    found = folded(events, lambda each: each, keeps_row=lambda each: each in keeps)
    return [fold.all for fold in found]


def test_a_verdict_goes_with_its_end_whatever_stands_between() -> None:
    other = event(EventKind.FAILED, "two", qualifier="end:FAILED")
    assert rows(END, other, INCOMPLETE, RESULTS) == [(END, INCOMPLETE, RESULTS), (other,)]
    assert rows(RESULTS, END) == [(END, RESULTS)]


def test_a_verdict_without_its_end_and_lost_results_have_rows_of_their_own() -> None:
    other = replace(RESULTS, job_id="two")
    assert rows(END, LOST, other) == [(END,), (LOST,), (other,)]


def test_small_news_are_a_row_up_to_what_stands_between() -> None:
    found = rows(CREATED, VALIDATING, STALLED, RUNS, HALF)
    assert found == [(CREATED, VALIDATING), (STALLED,), (RUNS, HALF)]


def test_what_is_to_keep_its_row_does() -> None:
    assert rows(CREATED, VALIDATING, RUNS, keeps=(VALIDATING,)) == [
        (CREATED,),
        (VALIDATING,),
        (RUNS,),
    ]
    assert rows(END, RESULTS, keeps=(RESULTS,)) == [(END,), (RESULTS,)]
    assert [fold.all for fold in each_alone([END, RESULTS])] == [(END,), (RESULTS,)]


def test_a_row_is_as_bad_as_the_worst_in_it() -> None:
    assert severity_of_row([END, INCOMPLETE]) is Severity.WARNING
    assert severity_of_row([END]) is Severity.SUCCESS


def test_an_end_has_the_verdict_that_was_told_after_it() -> None:
    verdict = "950 of 1,000 ok, 40 failed, 10 missing"
    assert row_words([END, INCOMPLETE]) == ("COMPLETED", verdict)
    at_once = ("COMPLETED, 40 FAILED", "950 of 1,000 ok, 10 missing")
    assert row_words([replace(END, facts=SOME), INCOMPLETE]) == at_once
    assert others_words([INCOMPLETE, RESULTS]) == "also INCOMPLETE, RESULTS"
    assert others_words([RESULTS, RESULTS]) == "also RESULTS"
    assert others_words([RESULTS]) == "also RESULTS"


def test_small_news_are_named_of_one_job_and_counted_of_several() -> None:
    assert row_words([CREATED]) == ("Created", "")
    assert row_words([CREATED, VALIDATING, HALF, HALF]) == ("Created, validating, past 50%", "")
    two = replace(CREATED, job_id="two")
    assert row_words([CREATED, two, VALIDATING]) == ("2 created (1 validating)", "")
    assert jobs_of([CREATED, two, VALIDATING]) == 2
    moved = replace(HALF, job_id="three")
    assert row_words([moved, CREATED, two, VALIDATING, RUNS])[0] == (
        "2 created (1 in progress), 1 progressed"
    )
