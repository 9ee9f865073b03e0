"""What jobs ask for: one deed each, the most urgent first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from batchbell.core.event import Severity
from batchbell.core.results.cause import Cause
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.messages.deeds import (
    Deed,
    counted_deed,
    deed_of,
    deeds,
    is_news,
    severity_of_deed,
)
from batchbell.messages.standing_advice import remedy_of_end
from batchbell.providers.together.words import WORDS
from tests.fakes import START
from tests.messages.test_standing_advice import (
    HOUR,
    JOB,
    RECORD,
    UNSURE,
    due_in,
    stalled_for,
    still_for,
)

if TYPE_CHECKING:
    from batchbell.core.snapshot import JobRecord

DAY = timedelta(days=1)


def ended(**changes: Any) -> JobRecord:
    return replace(RECORD, job=replace(JOB, **changes))


def warned_of(record: JobRecord) -> JobRecord:
    """Return one of whose deadline a step was told: no risk rings any more."""
    return replace(record, told_deadline=record.job.job_deadline, told_step=24 * HOUR)


def test_each_job_asks_for_one_deed_the_most_urgent_first() -> None:
    lost = JobResults(account="a", job_id="j", status="COMPLETED", state=ResultsState.LOST)
    canceling = replace(due_in(-HOUR), job=replace(JOB, status="CANCELING", job_deadline=START))
    found: list[tuple[str, JobRecord, JobResults | None]] = [
        ("late", due_in(-HOUR), None),
        ("still", stalled_for(2 * HOUR, due_in(20 * HOUR)), None),
        ("silent", warned_of(stalled_for(2 * HOUR, due_in(20 * HOUR))), None),
        ("gone", replace(RECORD, missed_polls=10, announced=frozenset({"vanished"})), None),
        ("calm", RECORD, None),
        ("going", canceling, None),
        ("hopeless", still_for(HOUR, due_in(HOUR)), None),
        ("broken", ended(status="FAILED", error="line 3: invalid JSON"), None),
        ("busy", ended(status="FAILED", error="503 service unavailable"), None),
        ("part", ended(status="EXPIRED", output_file_id="file-out"), None),
        ("errors", ended(status="COMPLETED", output_file_id="o", error_file_id="e"), None),
        ("over", ended(status="EXPIRED"), None),
        ("lost", ended(status="COMPLETED", output_file_id="file-out"), lost),
        ("cancelled", ended(status="CANCELLED", output_file_id="file-out"), None),
        ("done", ended(status="COMPLETED", output_file_id="file-out"), None),
        ("stuck", still_for(HOUR, due_in(HOUR)), None),
    ]
    asked = deeds(found, lambda each: deed_of(each[1], UNSURE, each[2], WORDS, START))
    assert {deed: [each[0] for each in jobs] for deed, jobs in asked.items()} == {
        Deed.CANCEL_NOW: ["hopeless", "stuck"],
        Deed.ASK_FOR_RESULTS: ["lost"],
        Deed.REPAIR: ["broken"],
        Deed.SUBMIT: ["busy", "over"],
        Deed.SUBMIT_REST: ["part"],
        Deed.SUBMIT_PART: ["errors"],
        Deed.SUBMIT_IF_NEEDED: ["cancelled"],
        Deed.LOOK: ["gone"],
        Deed.LOOK_AGAIN: ["silent"],
        Deed.WAIT: ["still"],
        Deed.LET_RUN: ["late", "going"],
    }
    assert list(asked) == sorted(Deed)
    assert counted_deed(Deed.CANCEL_NOW, 1_200) == "1,200 to cancel now"


def test_one_that_completed_is_no_expired_one_and_of_no_output_nothing_is_fetched() -> None:
    job = ended(status="COMPLETED", error_file_id="file-e")
    counts = Counts(requests=None, failed=5)
    found = JobResults(
        account="a",
        job_id="j",
        status="COMPLETED",
        state=ResultsState.COUNTED,
        verdict=Verdict.UNKNOWN,
        counts=counts,
    )
    assert deed_of(job, None, found, WORDS, START) is Deed.SUBMIT
    assert remedy_of_end(job, found, WORDS, START).text == "Submit what failed again."
    kept = ended(status="COMPLETED", output_file_id="file-o", error_file_id="file-e")
    assert deed_of(kept, None, found, WORDS, START) is Deed.SUBMIT_PART
    cause = Cause(
        code="400", message="too long", count=5, share=1.0, example="x", retry_helps=False
    )
    caused = replace(found, causes=(cause,))
    assert deed_of(job, None, caused, WORDS, START) is Deed.REPAIR
    assert remedy_of_end(job, caused, WORDS, START).text == (
        "Repair what failed (too long) and submit that again."
    )
    odd = replace(found, counts=Counts(requests=9, succeeded=9, failed=0, unreadable=2))
    assert remedy_of_end(job, odd, WORDS, START).text == (
        "Look at the lines that are too many or can't be read."
    )


def test_what_is_lost_is_bad_and_what_is_let_run_is_not_whatever_else_is_said_of_them() -> None:
    assert severity_of_deed(Deed.CANCEL_NOW, [Severity.WARNING]) is Severity.FAILURE
    assert severity_of_deed(Deed.LET_RUN, [Severity.FAILURE]) is Severity.INFO
    for worst in (Severity.WARNING, Severity.FAILURE):
        assert severity_of_deed(Deed.LOOK, [Severity.INFO, worst]) is worst


def test_an_end_that_is_no_failure_is_listed_for_a_day() -> None:
    cancelled = ended(status="CANCELLED", completed_at=START)
    assert is_news(cancelled, None, START + DAY)
    assert not is_news(cancelled, None, START + DAY + HOUR)
    assert not is_news(ended(status="FAILED", completed_at=START), None, START)
    assert not is_news(
        replace(cancelled, job=replace(cancelled.job, status="COMPLETED", output_file_id="o")),
        None,
        START,
    )


def test_results_that_are_not_read_yet_ask_for_nothing() -> None:
    waiting = JobResults(account="a", job_id="j", status="COMPLETED", state=ResultsState.WAITING)
    assert deed_of(ended(status="COMPLETED"), None, waiting, WORDS, START) is None


def test_of_an_expired_job_the_rest_is_submitted_and_all_of_it_if_nothing_came_back() -> None:
    expired = ended(status="EXPIRED", output_file_id="file-out")
    part = JobResults(
        account="a",
        job_id="j",
        status="EXPIRED",
        state=ResultsState.COUNTED,
        verdict=Verdict.PARTIAL,
        counts=Counts(requests=4_750, succeeded=4_190, missing=560),
    )
    nothing = replace(part, verdict=Verdict.EMPTY, counts=Counts(requests=4_750, missing=4_750))
    assert deed_of(expired, None, part, WORDS, START) is Deed.SUBMIT_REST
    assert deed_of(expired, None, nothing, WORDS, START) is Deed.SUBMIT
