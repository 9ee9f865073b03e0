"""How what is told looks: by how bad it is, and by how urgent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.example_events import sample
from batchbell.messages.build import build_message
from batchbell.messages.view import View
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from batchbell.receivers.look import LAST_CALL, LOOKS, look_of

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


def test_what_is_to_be_cancelled_within_the_hour_is_red_and_no_failure() -> None:
    message = build_message([late(HOUR / 4)], View(now=AT))
    assert message.severity is Severity.WARNING
    assert look_of(message) is look_of(message.entries[0]) is LAST_CALL
    assert LAST_CALL.colour == LOOKS[Severity.FAILURE].colour
    assert LAST_CALL.word == "Urgent"
    content = Composer(family=Family.MAIL).compose([late(HOUR / 4)], AT)
    assert content.severity is Severity.WARNING
    assert "Urgent" in content.html
    assert LAST_CALL.colour in content.html


def test_before_that_it_is_a_warning_and_after_it_a_failure() -> None:
    for left, kind, severity in (
        (6 * HOUR, EventKind.DEADLINE_APPROACHING, Severity.WARNING),
        (-HOUR, EventKind.DEADLINE_MISSED, Severity.FAILURE),
    ):
        message = build_message([late(left, kind)], View(now=AT))
        assert look_of(message) is LOOKS[severity]
