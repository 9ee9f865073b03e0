from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.core.event import Event, EventKind
from batchbell.core.example_events import sample
from batchbell.messages.build import build_message
from batchbell.messages.view import PLAIN_VIEW, View

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
RISK = sample(EventKind.AT_RISK, AT)
FAILED = sample(EventKind.FAILED, AT)


def late_by_a_little(step: timedelta, view: View = PLAIN_VIEW) -> bool:
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
    message = build_message([event], view)
    assert message.entries[0].remedy.startswith("Let it run: ")
    return message.is_pressing


def test_what_is_to_be_cancelled_before_its_deadline_can_t_wait() -> None:
    message = build_message([RISK, replace(FAILED, job_id="other")])
    assert message.is_pressing
    assert [each.is_pressing for each in message.entries] == [True, False]


@pytest.mark.parametrize("kind", [EventKind.FAILED, EventKind.EXPIRED, EventKind.COMPLETED])
def test_what_ended_can_wait(kind: EventKind) -> None:
    assert not build_message([sample(kind, AT)]).is_pressing


@pytest.mark.parametrize("past", [timedelta(0), timedelta(days=1)])
def test_what_is_to_be_cancelled_can_t_wait_past_its_deadline_either(past: timedelta) -> None:
    assert RISK.job is not None
    missed = replace(
        sample(EventKind.DEADLINE_MISSED, AT),
        job=replace(RISK.job, job_deadline=AT),
        facts=RISK.facts,
    )
    message = build_message([missed], View(now=AT + past))
    assert message.entries[0].remedy.startswith("Cancel it now ")
    assert message.is_pressing


def test_past_its_deadline_one_that_is_let_run_can_wait() -> None:
    assert not late_by_a_little(timedelta(hours=1), View(now=AT + timedelta(days=1)))


@pytest.mark.parametrize(("only_here", "is_urgent"), [(0, False), (2, True), (None, True)])
def test_a_failing_channel_presses_by_what_no_other_channel_tells(
    only_here: int | None, *, is_urgent: bool
) -> None:
    failing = sample(EventKind.CHANNEL_FAILING, AT)
    outage = replace(failing.facts.outage, told_nowhere_else=only_here)
    event = replace(failing, facts=replace(failing.facts, outage=outage))
    assert build_message([event]).is_pressing is is_urgent


def test_an_account_that_is_not_seen_can_t_wait() -> None:
    assert build_message([sample(EventKind.ACCOUNT_UNREACHABLE, AT)]).is_pressing
    assert not build_message([sample(EventKind.ACCOUNT_RECOVERED, AT)]).is_pressing


def test_a_deadline_that_is_missed_within_the_hour_can_t_wait() -> None:
    assert late_by_a_little(timedelta(hours=1))
    assert not late_by_a_little(timedelta(hours=6))


def test_a_digest_s_short_title_has_its_first_job_and_how_many_follow() -> None:
    other = replace(FAILED, job_id="other")
    told = build_message([RISK, other])
    assert told.card_title == "Due 03:12: cancel nightly-eval, +1"
    created = replace(sample(EventKind.CREATED, AT), job_id="new")
    assert build_message([other, created]).card_title == "nightly-eval: FAILED, +1"


def test_what_stands_above_channels_alone_speaks_of_them() -> None:
    channel = sample(EventKind.CHANNEL_FAILING, AT)
    account = sample(EventKind.ACCOUNT_UNREACHABLE, AT)

    def headings(*events: Event) -> list[str]:
        return [each.heading for each in build_message(events).entries if each.heading]

    assert "Repair a channel (1)" in headings(channel, FAILED)
    assert "Repair accounts and channels (2)" in headings(channel, account, FAILED)
