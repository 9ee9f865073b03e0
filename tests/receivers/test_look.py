"""How what is told looks: by how bad it is, and by how urgent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.example_events import sample
from batchbell.messages.build import build_message
from batchbell.messages.remedy import Asks
from batchbell.messages.view import View
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from batchbell.receivers.look import LOOKS, URGENT, look_of

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


def late(left: timedelta, kind: EventKind = EventKind.DEADLINE_APPROACHING) -> Event:
    """Return the warning of a job that is late by hours."""
    event = sample(kind, AT)
    assert event.job is not None
    finish = AT + left + 9 * HOUR
    outlook = replace(event.facts.outlook, finish=finish, earliest=finish, latest=finish)
    job = replace(event.job, job_deadline=AT + left, progress=0.5)
    deadline = replace(event.facts.deadline, time_left=left)
    facts = replace(event.facts, outlook=outlook, deadline=deadline)
    return replace(event, job=job, facts=facts)


def test_what_is_to_be_cancelled_now_is_red_and_no_failure() -> None:
    message = build_message([late(HOUR / 4)], View(now=AT))
    assert message.severity is Severity.WARNING
    assert look_of(message) is look_of(message.entries[0]) is URGENT
    assert URGENT.colour == LOOKS[Severity.FAILURE].colour
    assert URGENT.word == "Urgent"
    content = Composer(family=Family.MAIL).compose([late(HOUR / 4)], AT)
    assert content.severity is Severity.WARNING
    assert "Urgent" in content.html
    assert URGENT.colour in content.html


def test_hours_before_its_deadline_it_is_as_urgent_and_after_it_a_failure() -> None:
    for left, kind, look in (
        (6 * HOUR, EventKind.DEADLINE_APPROACHING, URGENT),
        (-HOUR, EventKind.DEADLINE_MISSED, LOOKS[Severity.FAILURE]),
    ):
        message = build_message([late(left, kind)], View(now=AT))
        assert look_of(message) is look


def test_what_is_let_run_is_a_warning() -> None:
    message = build_message([sample(EventKind.AT_RISK, AT)], View(now=AT))
    entry = replace(message.entries[0], asks=Asks.WATCH)
    assert look_of(replace(message, entries=(entry,))) is LOOKS[Severity.WARNING]


@pytest.mark.parametrize(
    ("told_nowhere_else", "severity"),
    [(0, Severity.WARNING), (3, Severity.FAILURE), (None, Severity.FAILURE)],
)
def test_a_channel_that_fails_is_a_failure_unless_all_others_are_told(
    told_nowhere_else: int | None, severity: Severity
) -> None:
    event = sample(EventKind.CHANNEL_FAILING, AT)
    outage = replace(event.facts.outage, told_nowhere_else=told_nowhere_else)
    message = build_message([replace(event, facts=replace(event.facts, outage=outage))])
    assert message.severity is Severity.FAILURE
    assert look_of(message) is LOOKS[severity]


def test_a_digest_looks_like_what_is_to_be_cancelled_else_like_the_worst() -> None:
    failed = replace(sample(EventKind.FAILED, AT), job_id="another")
    message = build_message([failed, late(6 * HOUR)], View(now=AT))
    assert look_of(message) is URGENT
    done = replace(sample(EventKind.COMPLETED, AT), job_id="third")
    assert look_of(build_message([failed, done], View(now=AT))) is LOOKS[Severity.FAILURE]
