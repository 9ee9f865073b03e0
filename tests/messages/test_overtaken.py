from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import DeadlineFacts, Facts, OutlookFacts, ResultsFacts, StallFacts
from batchbell.core.job import BatchJob
from batchbell.messages.build import build_message
from batchbell.messages.overtaken import is_over, jobs_that_may_be_over
from batchbell.messages.view import View

NOW = datetime(2026, 11, 29, 21, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WARNING = Event(
    kind=EventKind.DEADLINE_APPROACHING,
    account="default",
    job_id="one",
    happened_at=NOW,
    seen_at=NOW,
    job=BatchJob(id="one", job_deadline=NOW + 15 * MINUTE),
)
END = replace(WARNING, kind=EventKind.FAILED, seen_at=NOW + 5 * MINUTE)


def test_a_warning_is_over_once_its_deadline_is_past() -> None:
    assert not is_over(WARNING, [WARNING], NOW + 14 * MINUTE)
    assert is_over(WARNING, [WARNING], NOW + 15 * MINUTE)


def test_a_warning_is_over_once_its_job_has_ended_and_an_end_never_is() -> None:
    assert is_over(WARNING, [WARNING, END], NOW + 6 * MINUTE)
    assert not is_over(END, [WARNING, END], NOW + 60 * MINUTE)


def test_an_event_of_no_job_is_not_over() -> None:
    outage = replace(WARNING, kind=EventKind.ACCOUNT_UNREACHABLE, job_id="", job=None)
    assert not is_over(outage, [], NOW)


class TestWhatAnotherMessageEnds:
    """The end waits in the queue, perhaps for its results, or was told alone."""

    EXPIRED = replace(
        WARNING,
        kind=EventKind.EXPIRED,
        happened_at=NOW + 4 * MINUTE,
        seen_at=NOW + 5 * MINUTE,
        job=BatchJob(id="one", status="EXPIRED", job_deadline=NOW + 15 * MINUTE),
    )

    def told(self, event: Event, *ends: Event) -> tuple[str, dict[str, str]]:
        (entry,) = build_message([event], View(now=NOW + 6 * MINUTE, later=ends)).entries
        return entry.headline, {fact.label: fact.text for fact in entry.facts}

    @pytest.mark.parametrize(
        ("kind", "label"),
        [
            (EventKind.DEADLINE_APPROACHING, "DEADLINE NEAR"),
            (EventKind.AT_RISK, "AT RISK"),
            (EventKind.DEADLINE_MISSED, "DEADLINE MISSED"),
            (EventKind.STALLED, "STALLED"),
        ],
    )
    def test_what_an_end_overtakes_asks_for_nothing_and_names_the_end(
        self, kind: EventKind, label: str
    ) -> None:
        event = replace(WARNING, kind=kind)
        headline, facts = self.told(event, self.EXPIRED)
        assert headline == f"{label}: one, expired at 21:04 UTC"
        assert facts["Status now"] == "EXPIRED"
        assert not {"What to do", "Cancel it", "Forecast", "Time left"} & facts.keys()
        headline, facts = self.told(event)
        assert "expired" not in headline
        assert "What to do" in facts

    def test_an_end_that_waits_for_its_results_says_so(self) -> None:
        results = ResultsFacts(awaited_until=NOW + 7 * MINUTE)
        waits = replace(self.EXPIRED, facts=Facts(results=results))
        headline, _ = self.told(WARNING, waits)
        assert headline.endswith(", expired at 21:04 UTC, its results are being read")

    def test_another_job_s_end_or_an_earlier_one_overtakes_nothing(self) -> None:
        others = (
            replace(self.EXPIRED, job_id="two"),
            replace(self.EXPIRED, account="other"),
            replace(self.EXPIRED, seen_at=NOW - MINUTE),
        )
        assert self.told(WARNING, *others) == self.told(WARNING)

    def test_an_end_is_told_as_ever(self) -> None:
        assert self.told(self.EXPIRED, self.EXPIRED) == self.told(self.EXPIRED)

    def test_only_jobs_whose_end_is_not_told_with_it_are_asked_about(self) -> None:
        other = replace(WARNING, job_id="two", kind=EventKind.STALLED)
        created = replace(WARNING, job_id="three", kind=EventKind.CREATED)
        assert jobs_that_may_be_over([WARNING, END, other, created]) == {"two"}


class TestWhatMovesAgain:
    STALLED = replace(WARNING, kind=EventKind.STALLED)
    RESUMED = replace(
        WARNING,
        kind=EventKind.RESUMED,
        happened_at=NOW + 4 * MINUTE,
        seen_at=NOW + 4 * MINUTE,
    )
    AGAIN = replace(STALLED, qualifier="again", seen_at=NOW + 5 * MINUTE)

    def test_a_standstill_that_is_over_is_told_as_past(self) -> None:
        view = View(now=NOW + 6 * MINUTE, later=(self.RESUMED,))
        (entry,) = build_message([self.STALLED], view).entries
        assert entry.headline == "STALLED: one, resumed at 21:04 UTC"
        facts = {fact.label for fact in entry.facts}
        assert not {"What to do", "Cancel it", "Forecast", "Status now"} & facts

    def test_what_a_job_that_moves_leaves_as_it_is(self) -> None:
        view = View(now=NOW + 6 * MINUTE, later=(self.RESUMED,))
        for event in (WARNING, self.AGAIN):
            assert "resumed" not in build_message([event], view).title

    def test_in_one_message_that_it_moves_again_is_the_last_word(self) -> None:
        (entry,) = build_message([self.STALLED, self.RESUMED]).entries
        assert (entry.kind, [each.kind for each in entry.before]) == (
            "batch.resumed",
            ["batch.stalled"],
        )
        (entry,) = build_message([self.STALLED, self.RESUMED, self.AGAIN]).entries
        assert entry.event is self.AGAIN
        assert entry.before[-1].kind is EventKind.RESUMED

    def test_a_warning_is_no_standstill_and_an_end_is_the_last_word_of_all(self) -> None:
        several = [WARNING, self.STALLED, self.RESUMED]
        kinds = [each.kind for each in build_message(several).entries]
        assert kinds == [EventKind.DEADLINE_APPROACHING, EventKind.RESUMED]
        (ended,) = build_message([*several, END]).entries
        assert [each.kind for each in ended.before] == [
            EventKind.DEADLINE_APPROACHING,
            EventKind.STALLED,
            EventKind.RESUMED,
        ]

    BEGUN = replace(
        RESUMED, kind=EventKind.IN_PROGRESS, job=BatchJob(id="one", status="IN_PROGRESS")
    )

    def test_that_a_job_is_in_progress_says_that_it_moves_again(self) -> None:
        facts = Facts(stall=StallFacts(since=NOW - 58 * MINUTE))
        resumed = replace(self.RESUMED, facts=facts)
        (entry,) = build_message([self.STALLED, resumed, self.BEGUN]).entries
        assert entry.kind == "batch.in_progress"
        assert [each.kind for each in entry.before] == ["batch.stalled", "batch.resumed"]
        earlier = {fact.label: fact.text for fact in entry.facts}["Earlier"]
        assert earlier == "stalled at 21:00 UTC; no progress for 1h 2m"
        (alone,) = build_message([self.BEGUN, self.RESUMED]).entries
        assert alone.kind == "batch.in_progress"
        assert "Earlier" not in {fact.label for fact in alone.facts}

    def test_so_it_does_beside_the_end(self) -> None:
        several = [self.STALLED, self.RESUMED, self.BEGUN, END]
        (ended,) = build_message(several).entries
        assert [each.kind for each in ended.before] == [
            "batch.stalled",
            "batch.in_progress",
            "batch.resumed",
        ]

    def test_another_job_says_nothing_of_it(self) -> None:
        for other in (replace(self.BEGUN, job_id="two"), replace(self.BEGUN, account="other")):
            kinds = {each.kind for each in build_message([self.RESUMED, other]).entries}
            assert kinds == {"batch.resumed", "batch.in_progress"}

    def test_it_is_old_news_then(self) -> None:
        assert is_over(self.STALLED, [self.STALLED, self.RESUMED], NOW)
        assert not is_over(self.AGAIN, [self.RESUMED, self.AGAIN], NOW)


class TestOldFigures:
    STALLED = replace(WARNING, kind=EventKind.STALLED)
    PROGRESS = replace(
        WARNING,
        kind=EventKind.PROGRESS,
        facts=Facts(threshold=50),
        job=BatchJob(id="one", progress=0.55),
    )

    def told(self, event: Event, minutes: int) -> tuple[str, str]:
        (entry,) = build_message([event], View(now=NOW + minutes * MINUTE)).entries
        return entry.headline, entry.remedy

    def test_figures_carry_their_time_once_they_are_some_minutes_old(self) -> None:
        headline, remedy = self.told(self.STALLED, 5)
        assert "as of" not in headline + remedy
        headline, remedy = self.told(self.STALLED, 6)
        assert headline == "STALLED: one, no progress, as of 21:00 UTC"
        assert remedy.endswith("(This is as of 21:00 UTC: look again first.)")

    def test_what_was_told_while_nobody_could_poll_carries_the_time_of_the_last_poll(self) -> None:
        job = BatchJob(id="one", progress=0.1, job_deadline=NOW + 15 * MINUTE)
        blind = replace(WARNING, job=job, facts=Facts(deadline=DeadlineFacts(poll_age=20 * MINUTE)))
        headline, remedy = self.told(blind, 0)
        assert headline.endswith(", as of 20:40 UTC")
        assert remedy.startswith("Cancel it now")
        assert remedy.endswith("(This is as of 20:40 UTC: look again first.)")

    def test_what_stands_still_is_waited_for_until_one_moment_whenever_it_is_told(self) -> None:
        job = BatchJob(id="one", progress=0.1, job_deadline=NOW + 20 * 60 * MINUTE)
        stall = StallFacts(since=NOW - 90 * MINUTE)
        stalled = replace(self.STALLED, job=job, facts=Facts(stall=stall))
        for minutes in (0, 60, 149):
            assert self.told(stalled, minutes)[1].startswith("Look again at 23:30 UTC. If")
        assert self.told(stalled, 150)[1].startswith("Cancel it now and submit the rest: no pro")

    def test_what_was_in_time_is_let_run_once_its_deadline_is_past(self) -> None:
        outlook = OutlookFacts(
            finish=NOW + 5 * MINUTE, earliest=NOW + 5 * MINUTE, latest=NOW + 6 * MINUTE, rate=1.0
        )
        near = replace(WARNING, facts=Facts(outlook=outlook))
        assert self.told(near, 14)[1].startswith("Nothing to do now")
        assert self.told(near, 16)[1].startswith("Let it run")

    def test_progress_that_was_is_not_what_it_is_now(self) -> None:
        assert self.told(self.PROGRESS, 5)[0] == "Past 50%: one, now at 55.0%"
        assert self.told(self.PROGRESS, 6)[0] == "Past 50%: one, at 55.0%, as of 21:00 UTC"
