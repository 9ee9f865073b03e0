from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.messages.build import build_message
from batchbell.messages.view import View

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
RISK = sample(EventKind.AT_RISK, AT)
FAILED = sample(EventKind.FAILED, AT)


def late_by_a_little(step: timedelta) -> bool:
    """Whether a deadline's step is pressing of a job that is let run late."""
    job = RISK.job
    assert job is not None
    assert job.job_deadline is not None
    due = job.job_deadline
    outlook = replace(
        RISK.facts.outlook,
        earliest=due + timedelta(minutes=20),
        finish=due + timedelta(minutes=30),
        latest=due + timedelta(minutes=40),
    )
    deadline = replace(RISK.facts.deadline, step=step)
    facts = replace(RISK.facts, outlook=outlook, deadline=deadline)
    event = replace(RISK, kind=EventKind.DEADLINE_APPROACHING, facts=facts)
    message = build_message([event])
    assert message.entries[0].remedy.startswith("Let it run: it ")
    return message.is_pressing


def test_what_is_to_be_cancelled_before_its_deadline_can_t_wait() -> None:
    message = build_message([RISK, replace(FAILED, job_id="other")])
    assert message.is_pressing
    assert [each.is_pressing for each in message.entries] == [True, False]


@pytest.mark.parametrize("kind", [EventKind.FAILED, EventKind.EXPIRED, EventKind.COMPLETED])
def test_what_ended_can_wait(kind: EventKind) -> None:
    assert not build_message([sample(kind, AT)]).is_pressing


def test_past_its_deadline_nothing_presses() -> None:
    assert not build_message([RISK], View(now=AT + timedelta(days=1))).is_pressing


def test_a_deadline_that_is_missed_within_the_hour_can_t_wait() -> None:
    assert late_by_a_little(timedelta(hours=1))
    assert not late_by_a_little(timedelta(hours=6))


def test_a_digest_s_short_title_has_its_first_job_and_how_many_follow() -> None:
    other = replace(FAILED, job_id="other")
    told = build_message([RISK, other])
    assert told.foremost == "nightly-eval: cancel now (due 03:12 UTC) +1"
    created = replace(sample(EventKind.CREATED, AT), job_id="new")
    assert build_message([other, created]).foremost.endswith("line 3: invalid JSON +1")
