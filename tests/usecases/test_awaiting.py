"""A message about an end waits for its verdict, and nothing else waits for it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from batchbell.core.awaiting import awaiting_verdicts, freed, results_facts, with_results
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.example_events import sample
from batchbell.core.results.cause import Cause
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.core.results.lines import Tokens
from batchbell.core.routing import Filter, Route
from batchbell.store import events as event_log
from batchbell.store import queue
from batchbell.usecases.announce import announce, release
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from batchbell.store.database import Database

TEAM = [Filter(channel="team")]


def ended(number: int) -> Event:
    event = sample(EventKind.COMPLETED, START)
    return replace(event, job_id=f"job-{number}", qualifier="end:COMPLETED")


def results(**fields: object) -> JobResults:
    known = JobResults(
        account="default", job_id="job-1", status="COMPLETED", state=ResultsState.COUNTED
    )
    return replace(known, **fields)  # type: ignore[arg-type] # any of its fields


def test_only_ends_with_files_wait_and_without_a_wait_none() -> None:
    failed = sample(EventKind.FAILED, START)
    events = [ended(1), replace(failed, qualifier="end:FAILED")]
    waiting, other = awaiting_verdicts(events, MINUTE, START)
    assert waiting.facts.results.awaited_until == START + MINUTE
    assert other == events[1]
    assert freed(waiting) == events[0]
    assert awaiting_verdicts(events, 0 * MINUTE, START) == events


def test_what_is_known_of_results_becomes_facts() -> None:
    causes = tuple(
        Cause(code="429", message="", count=count, share=0.2, example="", retry_helps=helps)
        for count, helps in ((5, True), (4, None), (3, False), (2, True), (1, False))
    )
    counted = results(
        verdict=Verdict.PARTIAL,
        counts=Counts(requests=2, succeeded=1, failed=1, missing=0),
        tokens=Tokens(prompt=1, completion=2, total=3),
        cost=Decimal("0.50"),
        causes=causes,
    )
    told = with_results(ended(1), counted)
    assert told.severity is Severity.WARNING
    assert told.facts.results.cost == "0.50"
    assert told.facts.results.total_tokens == 3
    assert [cause.count for cause in told.facts.results.causes] == [3, 1, 5]
    assert told.facts.results.causes_to_repair == 2
    assert (told.facts.results.resend_helps, told.facts.results.need_repair) == (7, 4)
    four = results_facts(results(causes=causes[:4]))
    assert [cause.count for cause in four.causes] == [3, 5, 4, 2]
    without = results_facts(results(causes=()))
    assert (without.resend_helps, without.need_repair) == (None, None)
    assert without.causes_to_repair is None
    assert results_facts(results(state=ResultsState.SKIPPED)).verdict is None


@pytest.mark.unmeasured
def test_later_messages_overtake_held_ones_which_go_when_all_are_free(database: Database) -> None:
    held = awaiting_verdicts([ended(number) for number in range(600)], MINUTE, START)
    news = sample(EventKind.FAILED, START)
    with database.write() as connection:
        announce(connection, [*held, news], TEAM, START)
        first = queue.waiting(connection, "team", now=START)[0]
        assert first.severity is Severity.FAILURE
        assert (first.events, first.next_attempt_at) == (1, START)
        stored = [each for each in event_log.log(connection) if each.event.job_id != news.job_id]
        mine = queue.events_of(connection, [1])
        assert {each.event.facts.results.awaited_until for each in mine} <= {START + MINUTE, None}
        one = next(each for each in stored if each.event.job_id == "job-0")
        event_log.rewrite(connection, one.id, Route(event=freed(one.event)))
        release(connection, [one.id], START)
        pending = queue.waiting(connection, "team", now=START)
        assert sum(each.next_attempt_at <= START for each in pending) == 1
        for each in stored:
            event_log.rewrite(connection, each.id, Route(event=freed(each.event)))
        release(connection, [each.id for each in stored], START)
        pending = queue.waiting(connection, "team", now=START)
        assert all(each.next_attempt_at == START for each in pending)
