from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.event import Event, EventKind
from batchbell.core.example_events import sample, sample_counted, sample_reminder
from batchbell.core.facts import OutageFacts
from batchbell.core.results.counts import Verdict
from batchbell.messages.build import build_message
from batchbell.messages.view import PLAIN_VIEW, View

if TYPE_CHECKING:
    from batchbell.messages.entry import Card

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
RISK = sample(EventKind.AT_RISK, AT)


def card(event: Event, view: View = PLAIN_VIEW) -> Card:
    return build_message([event], view).entries[0].card


def test_the_job_stands_first_and_what_came_back_below() -> None:
    assert card(sample_counted(EventKind.COMPLETED_WITH_ERRORS, AT)) == (
        "nightly-eval: 40 failed, 10 missing",
        "COMPLETED WITH ERRORS, 945 of 1,000 whole, 40 failed, 10 missing, 5 cut",
    )


def test_what_is_to_be_cancelled_begins_with_by_when_and_says_that_once() -> None:
    assert card(RISK).title == "Due 03:12: cancel nightly-eval"
    assert card(RISK).below == "AT RISK, will miss its deadline by about 1h"


def test_a_deadline_that_is_past_says_so() -> None:
    late = View(now=AT + timedelta(hours=2))
    assert card(RISK, late).title == "Was due 03:12: cancel nightly-eval"


def test_what_decides_about_an_end_stands_in_the_title_and_its_kind_below() -> None:
    counted = sample_counted(EventKind.COMPLETED_WITH_ERRORS, AT)
    nothing = replace(counted.facts.results, verdict=Verdict.EMPTY, succeeded=0)
    empty = replace(counted, facts=replace(counted.facts, results=nothing))
    assert card(empty).title == "nightly-eval: nothing succeeded"
    assert card(empty).below.startswith("COMPLETED, ")
    uncounted = sample(EventKind.COMPLETED_WITH_ERRORS, AT)
    assert card(uncounted).title == "nightly-eval: COMPLETED WITH ERRORS"


def test_what_is_not_counted_says_so_in_the_title() -> None:
    done = sample(EventKind.COMPLETED, AT)
    awaited = replace(done.facts.results, tried_until=AT)
    told = card(replace(done, facts=replace(done.facts, results=awaited)))
    assert told == ("nightly-eval: COMPLETED, not counted", "")


def test_a_deadline_that_is_days_off_or_not_known_has_no_time() -> None:
    days_ago = View(now=AT + timedelta(days=2))
    assert card(RISK, days_ago).title == "Cancel nightly-eval"
    assert RISK.job is not None
    stalled = sample(EventKind.STALLED, AT)
    endless = replace(stalled, job=replace(RISK.job, job_deadline=None))
    assert card(endless).title.startswith("nightly-eval: ")


def test_a_long_name_is_cut_rather_than_what_happened() -> None:
    expired, name = sample(EventKind.EXPIRED, AT), f"{'contract' * 6}-clauses.jsonl"
    long = replace(expired, facts=replace(expired.facts, input_file=name))
    title = card(long).title
    assert title.endswith("-clauses: EXPIRED")
    assert len(title) == 40


def test_a_detail_begins_with_a_capital_letter_unless_it_is_quoted() -> None:
    assert card(sample(EventKind.STALLED, AT)).below == "No progress for 2h"
    assert card(sample(EventKind.FAILED, AT)).below == "line 3: invalid JSON"
    unknown = sample(EventKind.STATUS_UNKNOWN, AT)
    assert unknown.job is not None
    paused = replace(unknown, job=replace(unknown.job, status="paused"))
    assert card(paused).below == "paused"


def test_what_is_told_again_says_so_behind_the_name() -> None:
    reminder = sample_reminder(AT)
    assert card(reminder).title == "nightly-eval: FAILED, reminder"
    known = View(acknowledged=frozenset({reminder.key}))
    assert card(reminder, known).title == "nightly-eval: FAILED, acknowledged"


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (EventKind.ACCOUNT_UNREACHABLE, "ACCOUNT UNREACHABLE: default"),
        (EventKind.CHANNEL_FAILING, "CHANNEL FAILING: team"),
        (EventKind.CHANNEL_MESSAGE_LOST, "MESSAGE NOT SENT to team"),
    ],
)
def test_what_is_no_job_keeps_its_place_behind_what_happened(kind: EventKind, title: str) -> None:
    assert card(sample(kind, AT)).title == title


def test_an_error_of_an_account_stays_as_it_was_said() -> None:
    event = sample(EventKind.ACCOUNT_UNREACHABLE, AT)
    failing = replace(event, facts=replace(event.facts, outage=OutageFacts(error="no route")))
    assert card(failing).below == "no route"
