from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.core.coverage import gap_now, grace_period, seen_late
from batchbell.core.event import Event, EventKind
from batchbell.core.facts import Facts, StatusFacts
from batchbell.core.gap import Gap
from batchbell.core.job import BatchJob
from batchbell.messages.late_news import late_news
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from datetime import datetime

GRACE_PERIOD = timedelta(seconds=210)
HOUR = timedelta(hours=1)
BEFORE = Facts(status=StatusFacts(previous="IN_PROGRESS"))
GAP = Gap(since=START, until=START + 3 * HOUR, reason="daemon down")


def reason_after(hours: float, **facts: Any) -> str:
    """Return why nobody looked in the hours since START."""
    gap = gap_now(START, START + hours * HOUR, grace_period=GRACE_PERIOD, **facts)
    assert gap is not None
    return gap.reason


def at(hours: float) -> datetime:
    return START + hours * HOUR


def test_the_grace_period_is_three_intervals_and_a_poll() -> None:
    assert grace_period(MINUTE, timedelta(seconds=30)) == GRACE_PERIOD


def test_a_poll_in_time_ends_no_gap() -> None:
    assert gap_now(START, START + GRACE_PERIOD, grace_period=GRACE_PERIOD) is None


def test_a_poll_later_than_that_ends_one() -> None:
    now = START + GRACE_PERIOD + timedelta(microseconds=1)
    gap = gap_now(START, now, grace_period=GRACE_PERIOD)
    assert gap == Gap(since=START, until=now, reason="process paused")
    assert gap is not None
    assert gap.length == GRACE_PERIOD + timedelta(microseconds=1)


def test_an_account_never_polled_well_has_no_gap() -> None:
    assert gap_now(None, START, grace_period=GRACE_PERIOD) is None


def test_a_last_good_poll_in_the_future_is_a_stepped_clock_and_no_gap() -> None:
    assert gap_now(START + HOUR, START, grace_period=GRACE_PERIOD) is None


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, "process paused"),
        ({"running_since": at(-5)}, "process paused"),
        ({"running_since": at(2.9)}, "daemon down"),
        ({"running_since": at(2.9), "polled_before": at(0)}, "daemon down"),
        ({"failing_since": at(0.1), "trouble": "API down"}, "API down"),
        ({"failing_since": at(0.1), "trouble": "key refused"}, "key refused"),
        (
            {"running_since": at(-5), "failing_since": at(1), "trouble": "rate-limited"},
            "rate-limited",
        ),
        # the first polls after a boot fail: not worth a word
        (
            {"running_since": at(2.8), "failing_since": at(2.8), "trouble": "API down"},
            "daemon down",
        ),
        (
            {"running_since": at(1), "failing_since": at(1), "trouble": "API down"},
            "daemon down, then API down",
        ),
        (
            {
                "failing_since": at(0.1),
                "trouble": "API down",
                "polled_before": at(1),
                "running_since": at(2.9),
            },
            "API down, then daemon down",
        ),
        # a quick restart in an outage of the API
        (
            {
                "failing_since": at(0.1),
                "trouble": "API down",
                "polled_before": at(1),
                "running_since": at(1.01),
            },
            "API down",
        ),
        # a daemon that went down soon after the API did
        (
            {
                "failing_since": at(0.1),
                "trouble": "API down",
                "polled_before": at(0.1),
                "running_since": at(2.99),
            },
            "daemon down",
        ),
        ({"asleep": 2 * HOUR}, "machine asleep"),
        ({"asleep": 2 * HOUR, "failing_since": at(2), "trouble": "API down"}, "machine asleep"),
        ({"asleep": HOUR, "failing_since": at(0), "trouble": "API down"}, "API down"),
        # the process began on a clock that was ahead
        ({"running_since": at(9)}, "daemon down"),
    ],
)
def test_a_gap_has_its_reason(facts: dict[str, Any], reason: str) -> None:
    assert reason_after(3, **facts) == reason


def event(job_id: str) -> Event:
    return Event(
        kind=EventKind.COMPLETED,
        account="default",
        job_id=job_id,
        happened_at=START + 10 * MINUTE,
        seen_at=START + 3 * HOUR,
        job=BatchJob(id=job_id) if job_id else None,
        facts=BEFORE,
    )


def test_late_news_says_between_when_nobody_looked_and_why() -> None:
    (told,) = seen_late([event("job-1")], GAP)
    assert told.facts == replace(BEFORE, gap=GAP)
    assert late_news(told) == (
        "finished 12:10, seen 15:00 UTC; not polling 12:00\u201315:00 UTC (daemon down)"
    )


def test_events_of_the_account_and_events_in_time_stay_as_they_are() -> None:
    assert seen_late([event("")], GAP) == (event(""),)
    assert seen_late([event("job-1")], None) == (event("job-1"),)
