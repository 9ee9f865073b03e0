"""Which channels hear a verdict by itself: those that were told the end without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from batchbell.core.announcement import plan_named
from batchbell.core.awaiting import end_of, with_results
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.example_events import sample
from batchbell.core.job import BatchJob
from batchbell.core.mute import Mute
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import FileKind, JobResults, ResultFile, ResultsState
from batchbell.core.routing import Filter, Route
from batchbell.core.verdict_news import (
    VERDICTS_WITHIN,
    EndMessage,
    news_due_at,
    plan_news,
    verdict_news,
)
from tests.fakes import MINUTE, START

TEAM = Filter(channel="team")
OPEN = EndMessage(is_open=True, due_at=START)
TOLD = EndMessage(is_open=False, due_at=START)
COMPLETE = Counts(requests=2, succeeded=2, missing=0)
FAILED = Counts(requests=2, succeeded=1, failed=1, missing=0)
MISSING = Counts(requests=2, succeeded=1, missing=1)
UNCOUNTED = Counts(succeeded=1)


def results(counts: Counts | None, **fields: object) -> JobResults:
    verdict = {COMPLETE: Verdict.COMPLETE, FAILED: Verdict.PARTIAL, MISSING: Verdict.PARTIAL}
    known = JobResults(
        account="default",
        job_id="job-1",
        status="COMPLETED",
        state=ResultsState.COUNTED,
        verdict=verdict.get(counts, Verdict.UNKNOWN) if counts else None,
        counts=counts,
        counted_at=START,
    )
    return replace(known, **fields)  # type: ignore[arg-type] # any of its fields


LOST = results(None, state=ResultsState.LOST, verdict=Verdict.UNKNOWN, reason="not found (404)")


def end(kind: EventKind = EventKind.COMPLETED, **fields: object) -> Event:
    event = sample(kind, START)
    assert event.job is not None
    told = replace(event, job_id="job-1", qualifier=f"end:{event.job.status}")
    return replace(told, **fields)  # type: ignore[arg-type] # any of its fields


def heard(
    found: JobResults,
    wanted: Filter = TEAM,
    message: EndMessage | None = TOLD,
    of: Event | None = None,
    mutes: tuple[Mute, ...] = (),
) -> list[str]:
    """Return the kinds that the channel hears of."""
    news = verdict_news(of or end(), found, START)
    told = {} if message is None else {wanted.channel: message}
    made = plan_news(news, [wanted], told=told, mutes=mutes, now=START)
    assert all(each.told or each.not_told[wanted.channel] for each in made.routes)
    return [event.kind.value for digest in made.digests for event in digest.events]


def test_a_verdict_has_the_end_s_key_and_what_was_skipped_is_no_news() -> None:
    news = verdict_news(end(), results(MISSING), START + MINUTE)
    assert [each.kind for each in news] == [EventKind.INCOMPLETE, EventKind.RESULTS]
    assert {(each.job_id, each.qualifier) for each in news} == {("job-1", "end:COMPLETED")}
    assert {(each.happened_at, each.seen_at) for each in news} == {(START, START + MINUTE)}
    assert news[1].facts.results.missing == 1
    assert verdict_news(end(), results(None, state=ResultsState.SKIPPED), START) == []


def test_only_of_a_completed_job_rows_are_said_to_be_missing() -> None:
    kinds = [each.kind for each in verdict_news(end(EventKind.EXPIRED), results(MISSING), START)]
    assert kinds == [EventKind.RESULTS]
    with_errors = verdict_news(end(EventKind.COMPLETED_WITH_ERRORS), results(MISSING), START)
    assert with_errors[0].kind is EventKind.INCOMPLETE
    assert len(verdict_news(end(job=None), results(MISSING), START)) == 1
    assert [each.kind for each in verdict_news(end(), LOST, START)] == [
        EventKind.RESULTS_LOST,
        EventKind.RESULTS,
    ]


def test_who_was_told_the_end_alone_hears_what_did_not_come_back_and_hears_it_once() -> None:
    assert heard(results(FAILED)) == ["batch.results"]
    assert heard(results(UNCOUNTED)) == ["batch.results"]
    assert heard(results(MISSING)) == ["batch.incomplete"]
    assert heard(LOST) == ["batch.results_lost"]
    assert heard(results(COMPLETE)) == []
    assert heard(replace(results(COMPLETE), counts=replace(COMPLETE, truncated=1))) == [
        "batch.results"
    ]
    ends_only = replace(TEAM, events=("batch.completed",))
    assert heard(results(MISSING), ends_only) == ["batch.results"]
    assert heard(results(COMPLETE), ends_only) == []


def test_what_the_end_s_own_message_says_is_not_said_again() -> None:
    for counts in (COMPLETE, FAILED, MISSING):
        assert heard(results(counts), message=OPEN) == []
    assert heard(LOST, message=OPEN) == ["batch.results_lost"]


def test_who_was_not_told_the_end_hears_what_it_wants_to_hear() -> None:
    assert heard(results(MISSING), message=None) == ["batch.incomplete"]
    assert heard(results(FAILED), message=None) == []
    named = replace(TEAM, events=("batch.results",))
    for counts in (COMPLETE, FAILED, MISSING):
        assert heard(results(counts), named, message=None) == ["batch.results"]


def test_who_names_the_verdict_hears_it_always() -> None:
    for message in (OPEN, TOLD):
        named = replace(TEAM, events=("batch.completed", "batch.results"))
        assert heard(results(COMPLETE), named, message) == ["batch.results"]
    everything = replace(TEAM, events=("*",))
    assert heard(results(MISSING), everything) == ["batch.incomplete", "batch.results"]
    assert heard(results(MISSING), everything, OPEN) == ["batch.results"]


def test_mutes_closed_channels_and_other_filters_are_minded() -> None:
    mute = Mute(job_id="job-1", muted_at=START, until=START + MINUTE)
    assert heard(results(MISSING), mutes=(mute,)) == []
    assert heard(results(FAILED), replace(TEAM, closed="it wants no more")) == []
    assert heard(results(FAILED), replace(TEAM, min_severity=Severity.FAILURE)) == []


def test_what_is_known_is_not_announced_again() -> None:
    news = verdict_news(end(), results(MISSING), START)
    made = plan_news(news, [TEAM], told={"team": TOLD}, known={news[1].key}, now=START)
    assert [each.event.kind for each in made.routes] == [EventKind.INCOMPLETE]


def test_a_lost_result_that_quiet_hours_let_through_is_a_message_of_its_own() -> None:
    loud = replace(TEAM, events=("*",), parts_at=Severity.FAILURE)
    news = verdict_news(end(), LOST, START)
    made = plan_news(news, [loud], told={"team": TOLD}, now=START)
    assert [len(each.events) for each in made.digests] == [1, 1]


@pytest.mark.parametrize(("seconds", "due"), [(0, 0), (1, 10), (9, 10), (10, 10), (10.5, 20)])
def test_verdicts_of_ten_seconds_are_told_together(seconds: float, due: int) -> None:
    now = START + timedelta(seconds=seconds)
    for message in (None, TOLD):
        assert news_due_at(message, now, VERDICTS_WITHIN) == START + timedelta(seconds=due)
        assert news_due_at(message, now, timedelta()) == now


def test_news_of_a_verdict_goes_with_an_end_that_is_yet_to_be_told() -> None:
    later = replace(OPEN, due_at=START + MINUTE)
    assert news_due_at(later, START, VERDICTS_WITHIN) == START + MINUTE
    assert news_due_at(OPEN, START + MINUTE / 9, VERDICTS_WITHIN) == START + MINUTE / 9


def test_an_end_has_the_files_that_were_read() -> None:
    late = (ResultFile(kind=FileKind.ERRORS, id="file-late"),)
    job = with_results(end(), results(FAILED, files=late)).job
    assert job is not None
    assert (job.output_file_id, job.error_file_id) == ("file-example-output", "file-late")
    assert with_results(end(job=None), results(FAILED)).job is None


def test_an_end_is_found_by_its_status_and_no_verdict_is_taken_for_it() -> None:
    news = verdict_news(end(), results(MISSING), START)
    assert end_of([*news, end(EventKind.EXPIRED), end()], "COMPLETED") == end()
    assert end_of(news, "COMPLETED") is None


def test_a_completed_job_looks_like_a_warning_by_all_that_is_known_to_be_wrong() -> None:
    of_unknown = [replace(UNCOUNTED, **{what: 1}) for what in ("failed", "duplicated", "truncated")]
    for counts in (FAILED, MISSING, replace(COMPLETE, empty=1), *of_unknown):
        verdict = Verdict.COMPLETE if counts.empty else results(counts).verdict
        told = with_results(end(), replace(results(counts), verdict=verdict))
        assert told.severity is Severity.WARNING
    for counts in (COMPLETE, UNCOUNTED):
        assert with_results(end(), results(counts)).severity is Severity.SUCCESS
    assert with_results(end(EventKind.FAILED), results(MISSING)).severity is Severity.FAILURE


def test_who_is_told_an_end_late_for_its_file_s_name_hears_the_verdict_once() -> None:
    night = Filter(channel="night", input_files=("nightly*",))
    told = with_results(end(), results(MISSING))
    lacking = {"night": "input_files: none matches none of nightly*"}
    news = verdict_news(told, results(MISSING), START)
    routes = [Route(event=each, not_told=lacking) for each in (told, *news)]
    made = plan_named(routes, [night], now=START)
    assert [each.told for each in made.routes] == [("night",), (), ()]
    assert made.routes[1].not_told == {"night": "the message about the job's end says it"}
    (alone,) = plan_named(routes[1:2], [night], now=START).routes
    assert alone.told == ("night",)


def test_another_job_s_end_says_nothing_of_this_one() -> None:
    night = Filter(channel="night", input_files=("nightly*",))
    lacking = {"night": "input_files: none matches none of nightly*"}
    (news, _) = verdict_news(end(), results(MISSING), START)
    other = end(job_id="job-2", job=BatchJob(id="job-2"))
    routes = [Route(event=each, not_told=lacking) for each in (other, news)]
    assert [each.told for each in plan_named(routes, [night], now=START).routes] == [("night",)] * 2
