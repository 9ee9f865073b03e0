from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.event import Event, EventKind
from batchbell.core.example_events import sample
from batchbell.core.job import BatchJob
from batchbell.core.mute import Mute
from batchbell.core.provider import JobState
from batchbell.core.reminders import (
    OpenFailure,
    PendingReminder,
    Plan,
    as_reminder,
    is_failure,
    is_over,
    last_failure,
    needed_no_more,
    plan,
)
from batchbell.core.results.job_results import ResultsState
from batchbell.core.routing import Filter
from batchbell.messages.build import build_message
from batchbell.messages.text_body import as_text
from tests.fakes import START

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
TEAM = Filter(channel="team", remind_every=4 * HOUR)
MAIL = Filter(channel="mail", remind_every=24 * HOUR)
QUIET = Filter(channel="quiet")


def event(job_id: str = "job-1", kind: EventKind = EventKind.FAILED) -> Event:
    return Event(
        kind=kind,
        account="prod" if kind is not EventKind.CHANNEL_FAILING else "",
        job_id=job_id,
        happened_at=START,
        seen_at=START,
        job=BatchJob(id=job_id, status="FAILED", model_id="some/model") if job_id else None,
    )


def failure(event_id: int = 1, channel: str = "team", **fields: Any) -> OpenFailure:
    """Return a failure told at START."""
    known: dict[str, Any] = {"event": event(), "told_at": START}
    return OpenFailure(event_id=event_id, channel=channel, **{**known, **fields})


def planned(
    *failures: OpenFailure,
    pending: tuple[PendingReminder, ...] = (),
    mutes: tuple[Mute, ...] = (),
    after: timedelta = 4 * HOUR,
) -> Plan:
    return plan(failures, pending, filters=[TEAM, MAIL, QUIET], mutes=mutes, now=START + after)


def due(decided: Plan) -> dict[str, list[int]]:
    return {channel: [one.event_id for one in several] for channel, several in decided.due.items()}


@pytest.mark.parametrize(
    ("known", "after", "is_due"),
    [
        pytest.param({}, timedelta(), False, id="just told"),
        pytest.param({}, 4 * HOUR - SECOND, False, id="a second too early"),
        pytest.param({}, 4 * HOUR, True, id="in time"),
        pytest.param({}, 40 * HOUR, True, id="after a long night"),
        pytest.param({"told_at": None}, 40 * HOUR, False, id="never told"),
        pytest.param({"reminded_at": START + 4 * HOUR}, 5 * HOUR, False, id="lately reminded"),
        pytest.param({"reminded_at": START + 4 * HOUR}, 8 * HOUR, True, id="the next one"),
        pytest.param({"channel": "mail"}, 5 * HOUR, False, id="each channel has its own time"),
        pytest.param({"channel": "mail"}, 24 * HOUR, True, id="a day later"),
        pytest.param({"channel": "quiet"}, 99 * HOUR, False, id="off"),
        pytest.param({"channel": "removed"}, 99 * HOUR, False, id="of a removed channel"),
        pytest.param({"ended_well": True}, 99 * HOUR, False, id="ended well"),
        pytest.param({}, -2 * HOUR, False, id="the clock went back two hours"),
        pytest.param({}, -5 * HOUR, True, id="the clock went back days"),
    ],
)
def test_when_a_reminder_is_due(known: dict[str, Any], after: timedelta, is_due: bool) -> None:  # noqa: FBT001 - a table
    assert bool(planned(failure(**known), after=after).due) == is_due


def test_only_failures_of_jobs_are_repeated() -> None:
    assert is_failure(event())
    assert is_failure(event(kind=EventKind.DEADLINE_MISSED))
    assert not is_failure(event(kind=EventKind.CANCELLED))
    assert not is_failure(event("", EventKind.ACCOUNT_UNREACHABLE))
    assert not is_failure(event("", EventKind.CHANNEL_FAILING))


def test_the_latest_failure_is_found_among_a_jobs_events() -> None:
    kinds = [EventKind.DEADLINE_MISSED, EventKind.FAILED, EventKind.VANISHED]
    assert last_failure([event(kind=kind) for kind in kinds]) == 1
    assert last_failure([event(kind=EventKind.COMPLETED)]) is None
    assert last_failure([]) is None


def test_of_two_failures_of_a_job_only_the_later_is_repeated() -> None:
    first, second = failure(1), failure(2)
    other_job = failure(3, event=event("job-2"))
    decided = planned(first, second, other_job, failure(1, "mail"))
    assert due(decided) == {"team": [2, 3]}
    assert decided.settled == (first,)


def test_a_later_failure_that_was_not_told_settles_nothing() -> None:
    decided = planned(failure(1), failure(2, told_at=None))
    assert due(decided) == {"team": [1]}
    assert decided.settled == ()


def test_a_job_that_ended_well_is_settled() -> None:
    assert planned(failure(ended_well=True), after=timedelta()).settled == (
        failure(ended_well=True),
    )


def test_a_muted_job_is_repeated_once_the_mute_is_over() -> None:
    mute = Mute(job_id="job-1", muted_at=START, until=START + 6 * HOUR)
    assert due(planned(failure(), mutes=(mute,))) == {}
    assert due(planned(failure(), mutes=(mute,), after=6 * HOUR)) == {"team": [1]}


def test_a_channel_whose_filters_refuse_the_event_now_is_not_reminded() -> None:
    wanted = replace(TEAM, models=("other/*",))
    decided = plan([failure()], [], filters=[wanted], mutes=[], now=START + 5 * HOUR)
    assert (due(decided), decided.settled) == ({}, ())


class TestWhileOneWaits:
    WAITING = PendingReminder(notification_id=7, channel="team", event_ids=frozenset({1}))

    def test_its_channel_gets_no_other(self) -> None:
        later = failure(2, event=event("job-2"))
        decided = planned(failure(), later, failure(3, "mail"), pending=(self.WAITING,))
        assert due(decided) == {}
        assert decided.unneeded == frozenset()

    def test_it_is_taken_back_once_nobody_needs_it(self) -> None:
        assert planned(pending=(self.WAITING,)).unneeded == {(7, 1)}
        mute = Mute(account="prod", muted_at=START, until=START + 6 * HOUR)
        assert planned(failure(), pending=(self.WAITING,), mutes=(mute,)).unneeded == {(7, 1)}

    def test_a_digest_loses_what_is_settled_and_keeps_the_rest(self) -> None:
        digest = replace(self.WAITING, event_ids=frozenset({1, 2}))
        decided = planned(failure(2), pending=(digest,))
        assert decided.unneeded == {(7, 1)}
        assert due(decided) == {}

    def test_a_fixed_text_goes_whole_or_not_at_all(self) -> None:
        digest = replace(self.WAITING, event_ids=frozenset({1, 2}), is_fixed=True)
        assert needed_no_more([digest], {(2, "team")}) == frozenset()
        assert needed_no_more([digest], {(2, "mail")}) == {(7, 1), (7, 2)}

    def test_what_is_being_sent_stays(self) -> None:
        sending = replace(self.WAITING, is_sending=True)
        later = failure(2, event=event("job-2"))
        decided = planned(later, pending=(sending,))
        assert (decided.unneeded, due(decided)) == (frozenset(), {})


class TestMessage:
    def reminded(self, *, status_now: str | None = "FAILED", job_id: str = "job-1") -> Event:
        return as_reminder(event(job_id), number=2, told_at=START, status_now=status_now)

    def test_it_says_that_it_is_one_since_when_and_how_to_end_it(self) -> None:
        message = build_message([self.reminded()])
        assert message.title.startswith("Reminder: FAILED: model · job-1")
        said = "Reminder: number 2, first told 2026-11-23 12:00 UTC\nEnd the reminders: "
        assert f"{said}batchbell ack -- job-1\n" in as_text(message)
        assert "Status now" not in as_text(message)

    def test_it_does_without_a_time_of_first_telling(self) -> None:
        again = as_reminder(event("job-1"), number=1, told_at=None, status_now=None)
        text = as_text(build_message([again]))
        assert "Reminder: number 1\nEnd the reminders: batchbell ack -- job-1\n" in text

    def test_it_says_what_the_job_has_become_since(self) -> None:
        assert "Status now: CANCELLED" in as_text(
            build_message([self.reminded(status_now="CANCELLED")])
        )

    def test_a_digest_of_reminders_says_so_too(self) -> None:
        message = build_message([self.reminded(), self.reminded(job_id="job-2")])
        assert message.title == ("Reminder: 2 FAILED: model · job-1, model · job-2 · account prod")
        assert message.counts == "2 events, told before and not acknowledged"
        assert "this ends it: batchbell ack -- job-2\n" in as_text(message)

    def test_other_news_do_not_look_like_it(self) -> None:
        assert "eminder" not in as_text(build_message([event(), event("job-2")]))


@given(
    every=st.integers(1, 48).map(lambda hours: hours * HOUR),
    ticks=st.lists(st.integers(1, 6 * 3600).map(lambda s: s * SECOND), max_size=60),
    acked_at=st.integers(0, 60),
)
def test_any_schedule_of_looks_repeats_in_time_never_sooner_and_not_after_the_ack(
    every: timedelta, ticks: list[timedelta], acked_at: int
) -> None:
    now, sent = START, [START]
    for number, tick in enumerate(ticks):
        now += tick
        one = failure(reminders=len(sent) - 1, reminded_at=sent[-1] if len(sent) > 1 else None)
        left = [one] if number < acked_at else []
        filters = [replace(TEAM, remind_every=every)]
        if plan(left, [], filters=filters, mutes=[], now=now).due:
            assert number < acked_at
            assert now - sent[-1] >= every
            sent.append(now)
        elif number < acked_at:
            assert now - sent[-1] < every


_TIMES = st.one_of(st.none(), st.integers(-100, 100).map(lambda hours: START + hours * HOUR))


@st.composite
def _failures(draw: st.DrawFn) -> OpenFailure:
    told: datetime | None = draw(_TIMES)
    return failure(
        draw(st.integers(1, 5)),
        draw(st.sampled_from(["team", "mail", "quiet"])),
        event=event(draw(st.sampled_from(["job-1", "job-2"]))),
        told_at=told,
        ended_well=draw(st.booleans()),
        reminded_at=draw(_TIMES) if told else None,
    )


_PENDING = st.builds(
    PendingReminder,
    notification_id=st.integers(1, 9),
    channel=st.sampled_from(["team", "mail"]),
    event_ids=st.frozensets(st.integers(1, 5), min_size=1),
    is_fixed=st.booleans(),
    is_sending=st.booleans(),
)


@given(
    st.lists(_failures(), max_size=8, unique_by=lambda one: one.key),
    st.lists(_PENDING, max_size=4, unique_by=lambda one: one.notification_id),
)
def test_no_channel_is_ever_reminded_twice_of_a_job_at_once(
    failures: list[OpenFailure], pending: list[PendingReminder]
) -> None:
    decided = planned(*failures, pending=tuple(pending))
    waiting = {one.channel for one in pending if one.pairs - decided.unneeded}
    for channel, several in decided.due.items():
        assert channel not in waiting
        jobs = [one.event.job_id for one in several]
        assert len(jobs) == len(set(jobs))
        assert not any(one.ended_well or one.told_at is None for one in several)


def test_only_a_completion_with_output_is_a_good_end() -> None:
    failed = sample(EventKind.FAILED, START)
    assert is_over(failed, JobState.COMPLETED, "file-out", None)
    assert not is_over(failed, JobState.COMPLETED, None, None)
    assert not is_over(failed, JobState.EXPIRED, "file-part", ResultsState.COUNTED)


def test_lost_results_are_over_once_they_are_counted() -> None:
    lost = sample(EventKind.RESULTS_LOST, START)
    assert not is_over(lost, JobState.COMPLETED, "file-out", ResultsState.LOST)
    assert is_over(lost, JobState.COMPLETED, "file-out", ResultsState.COUNTED)
    assert is_over(lost, JobState.COMPLETED, "file-out", None)
