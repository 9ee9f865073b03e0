"""Of each job a message has one entry: with the newest that is known of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts, ResultsFacts
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Verdict
from batchbell.messages.build import build_message
from batchbell.messages.view import View

if TYPE_CHECKING:
    from batchbell.messages.entry import Entry

NOW = datetime(2026, 11, 29, 21, 0, tzinfo=UTC)
LATER = View(now=NOW + timedelta(minutes=30))
JOB = BatchJob(id="one", status="IN_PROGRESS", job_deadline=NOW + timedelta(hours=9))
PARTIAL = ResultsFacts(verdict=Verdict.PARTIAL, requests=10, succeeded=9, failed=0, missing=1)


def event(
    kind: EventKind, minutes: int, progress: float = 0.0, facts: Facts | None = None
) -> Event:
    at = NOW + timedelta(minutes=minutes)
    return Event(
        kind=kind,
        account="default",
        job_id=JOB.id,
        qualifier=f"{minutes}",
        happened_at=at,
        seen_at=at,
        job=replace(JOB, progress=progress),
        facts=facts or Facts(),
    )


def passed(percent: int, minutes: int) -> Event:
    return event(EventKind.PROGRESS, minutes, percent / 100 + 0.02, Facts(threshold=percent))


def earlier(entry: Entry) -> str:
    return next((fact.text for fact in entry.facts if fact.label == "Earlier"), "")


def test_the_newest_step_stands_for_those_before_it_and_names_them() -> None:
    steps = [
        passed(50, 9),
        passed(25, 5),
        event(EventKind.CREATED, 1),
        event(EventKind.IN_PROGRESS, 2, 0.01),
    ]
    (entry,) = build_message(steps, LATER).entries
    assert entry.headline.startswith("Past 50%: one, at 52.0%")
    assert earlier(entry) == "created at 21:01; in progress at 21:02; past 25% at 21:05 UTC"
    assert {each.event.key for each in entry.before} == {each.key for each in steps[1:]}


def test_steps_stand_below_a_warning_that_is_as_new_and_below_the_end() -> None:
    warned, step = event(EventKind.DEADLINE_APPROACHING, 9, 0.3), passed(25, 9)
    (entry,) = build_message([step, warned], LATER).entries
    assert (entry.event, [each.event for each in entry.before]) == (warned, [step])
    end = event(EventKind.EXPIRED, 12)
    (entry,) = build_message([step, warned, end], LATER).entries
    assert entry.event is end
    assert earlier(entry) == "past 25% at 21:09; warned of its deadline at 21:09 UTC"


def test_what_was_told_several_times_is_named_once() -> None:
    near = [event(EventKind.DEADLINE_APPROACHING, minutes) for minutes in (9, 19)]
    (entry,) = build_message([*near, event(EventKind.EXPIRED, 22)], LATER).entries
    assert earlier(entry) == "warned of its deadline at 21:09 and 21:19 UTC"


def test_a_step_without_its_percentage_is_named_by_its_kind() -> None:
    (entry,) = build_message([event(EventKind.PROGRESS, 1), passed(25, 5)], LATER).entries
    assert earlier(entry) == "progressed at 21:01 UTC"


@pytest.mark.parametrize("kind", [EventKind.STALLED, EventKind.AT_RISK])
def test_a_warning_of_a_job_that_came_along_since_is_past(kind: EventKind) -> None:
    warned, step = event(kind, 1, 0.1), passed(50, 9)
    (entry,) = build_message([warned, step], LATER).entries
    assert entry.event is step
    assert [each.event for each in entry.before] == [warned]


@pytest.mark.parametrize("kind", [EventKind.DEADLINE_APPROACHING, EventKind.DEADLINE_MISSED])
def test_a_word_about_a_deadline_is_never_hidden_by_a_step(kind: EventKind) -> None:
    warned = event(kind, 1, 0.1)
    assert len(build_message([warned, passed(50, 9)], LATER).entries) == 2
    again = {warned.key: event(kind, 29, 0.6)}
    (entry,) = build_message([warned, passed(50, 9)], replace(LATER, again=again)).entries
    assert entry.event is warned


def test_of_a_risk_nobody_looked_at_again_both_are_told() -> None:
    assert len(build_message([event(EventKind.AT_RISK, 1), passed(50, 9)]).entries) == 2


def test_a_verdict_that_its_end_has_is_no_entry_of_its_own() -> None:
    end = event(EventKind.COMPLETED, 5, 1.0, Facts(results=PARTIAL))
    results = replace(end, kind=EventKind.RESULTS)
    incomplete = replace(end, kind=EventKind.INCOMPLETE)
    (entry,) = build_message([results, end, incomplete], LATER).entries
    assert entry.event is end
    assert earlier(entry) == ""
    (alone,) = build_message([results, incomplete], LATER).entries
    assert alone.kind is EventKind.INCOMPLETE
    unread = replace(end, facts=Facts())
    assert len(build_message([results, unread], LATER).entries) == 2
    other = replace(results, qualifier="end:EXPIRED")
    assert len(build_message([other, end], LATER).entries) == 2


def test_what_concerns_no_job_stands_for_itself() -> None:
    down = replace(event(EventKind.ACCOUNT_UNREACHABLE, 1), job_id="", job=None)
    refused = replace(down, kind=EventKind.ACCOUNT_UNAUTHORIZED, seen_at=NOW + timedelta(minutes=2))
    assert len(build_message([down, refused], LATER).entries) == 2
