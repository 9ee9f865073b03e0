"""Facts as JSON: every version's are read, and written as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.event import Event, EventKind
from batchbell.core.example_events import sample
from batchbell.core.facts import (
    NO_FACTS,
    BaselineFacts,
    CohortFacts,
    DeadlineFacts,
    Facts,
    OutageFacts,
    OutlookFacts,
    ReminderFacts,
    StallFacts,
    StatusFacts,
    UnseenFacts,
)
from batchbell.core.gap import Gap
from batchbell.core.outlook import Forecast, NoForecast, Obstacle
from batchbell.messages.facts_json import facts_from_json, facts_json
from tests.fakes import START
from tests.strategies import TIMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.core.facts import JsonFact

HOUR = timedelta(hours=1)
#: Every fact there is, as 0.1.0 and this version store it.
ALL: dict[str, JsonFact] = {
    "previous_status": "FAILED",
    "corrects": "EXPIRED, FAILED",
    "threshold": 50,
    "step": "1h 30m",
    "next_ring": "2026-11-23T13:00:00.000000Z",
    "time_left": 5400.5,
    "poll_age": 0.0,
    "outlook": "about 14:05 UTC (13:40-15:10), 12 %/h",
    "forecast": "2026-11-23T14:05:00.000000Z",
    "earliest": "2026-11-23T13:40:00.000001Z",
    "latest": "2026-11-23T15:10:00.000000Z",
    "pace": "12 %/h",
    "since": "2026-11-23T12:01:00.000000Z",
    "stalled_seconds": 7260.0,
    "cohort": "all 3 jobs on M flat since 12:01 UTC: likely on the other side",
    "cohort_jobs": 3,
    "cohort_of": "on M",
    "cohort_since": "2026-11-23T12:01:00.000000Z",
    "missed_polls": 3,
    "channel": "team",
    "error": "HTTP 503",
    "outage_since": "2026-11-23T11:00:00.000000Z",
    "failures": 4,
    "waiting": 38,
    "told_nowhere_else": 0,
    "blind_seconds": 600.0,
    "key_place": "TOGETHER_API_KEY",
    "unseen_jobs": 7,
    "unseen_since": "2026-11-23T10:59:00.000000Z",
    "next_deadline": "2026-11-23T13:00:00.000000Z",
    "next_job": "job-1",
    "next_model": "M",
    "next_file_id": "file-1",
    "next_file": "press.jsonl",
    "jobs": 8,
    "running": 0,
    "ended_untold": 1,
    "blind_from": "2026-11-23T10:00:00.000000Z",
    "blind_until": "2026-11-23T11:00:00.000000Z",
    "blind_reason": "daemon down",
    "api": "http://127.0.0.1:1/v1",
    "input_file": "nightly.jsonl",
    "reminder": 2,
    "first_told": "2026-11-23T10:00:00.000000Z",
    "status_now": "CANCELLED",
}


def event(facts: Facts) -> Event:
    return Event(
        kind=EventKind.STALLED,
        account="default",
        happened_at=START,
        seen_at=START,
        facts=facts,
    )


def again(stored: Mapping[str, JsonFact]) -> dict[str, JsonFact]:
    return facts_json(event(facts_from_json(stored)))


def test_every_fact_is_read_as_a_value() -> None:
    assert facts_from_json(ALL) == Facts(
        input_file="nightly.jsonl",
        status=StatusFacts(previous="FAILED", corrects=("EXPIRED", "FAILED")),
        threshold=50,
        deadline=DeadlineFacts(
            step=1.5 * HOUR,
            next_ring=START + HOUR,
            time_left=timedelta(seconds=5400.5),
            poll_age=timedelta(),
        ),
        outlook=OutlookFacts(
            finish=datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
            earliest=datetime(2026, 11, 23, 13, 40, 0, 1, tzinfo=UTC),
            latest=datetime(2026, 11, 23, 15, 10, tzinfo=UTC),
            rate=0.12,
            words="about 14:05 UTC (13:40-15:10), 12 %/h",
        ),
        stall=StallFacts(since=START + timedelta(minutes=1), lasted=timedelta(minutes=121)),
        cohort=CohortFacts(
            jobs=3,
            since=START + timedelta(minutes=1),
            model="M",
            words="all 3 jobs on M flat since 12:01 UTC: likely on the other side",
        ),
        missed_polls=3,
        channel="team",
        outage=OutageFacts(
            error="HTTP 503",
            since=START - HOUR,
            failures=4,
            waiting=38,
            told_nowhere_else=0,
            blind_for=timedelta(minutes=10),
            key_place="TOGETHER_API_KEY",
        ),
        unseen=UnseenFacts(
            jobs=7,
            since=START - timedelta(minutes=61),
            next_deadline=START + HOUR,
            next_job="job-1",
            next_model="M",
            next_file_id="file-1",
            next_file="press.jsonl",
        ),
        baseline=BaselineFacts(jobs=8, running=0, ended_untold=1),
        gap=Gap(since=START - 2 * HOUR, until=START - HOUR, reason="daemon down"),
        api="http://127.0.0.1:1/v1",
        reminder=ReminderFacts(number=2, first_told=START - 2 * HOUR, status_now="CANCELLED"),
    )


def test_what_was_read_is_written_as_it_was() -> None:
    assert list(again(ALL).items()) == list(ALL.items())


@pytest.mark.parametrize("name", ALL)
def test_each_fact_alone_is_kept(name: str) -> None:
    assert again({name: ALL[name]}) == {name: ALL[name]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a_new_fact", "of a newer version"),
        ("a_new_fact", None),
        ("step", None),
        ("step", "soon"),
        ("step", 3600),
        ("threshold", 25.5),
        ("threshold", True),
        ("time_left", True),
        ("time_left", "58m"),
        ("time_left", 10**320),
        ("time_left", float("nan")),
        ("pace", "fast"),
        ("pace", 12),
        ("forecast", "unknown"),
        ("since", 5),
        ("cohort_of", "beside M"),
        ("corrects", 5),
        ("error", 5),
        ("cohort", "as 0.1.0 stored it, without the values"),
    ],
)
def test_what_this_version_does_not_know_is_kept_as_it_is(name: str, value: JsonFact) -> None:
    read = facts_from_json({name: value, "missed_polls": 3})
    assert read == Facts(missed_polls=3, others={name: value})
    assert facts_json(event(read)) == {"missed_polls": 3, name: value}


def test_a_group_that_lacks_what_it_needs_is_kept_as_it_is() -> None:
    half = {"blind_from": "2026-11-23T10:00:00.000000Z", "blind_reason": "daemon down"}
    read = facts_from_json(half)
    assert read == Facts(others=half)
    assert facts_json(event(read)) == half


def test_what_is_known_by_now_takes_the_place_of_what_was_not_understood() -> None:
    assert facts_json(event(Facts(api="http://x/v1", others={"api": 5}))) == {"api": "http://x/v1"}


def test_without_facts_nothing_is_written() -> None:
    assert facts_json(event(NO_FACTS)) == {}
    assert facts_from_json({}) == NO_FACTS


def test_what_a_decision_found_is_written_in_words_too() -> None:
    made = Forecast(
        finish=START + 2 * HOUR,
        earliest=START + HOUR,
        latest=START + 3 * HOUR,
        rate=0.12,
        made_at=START,
        known_for=HOUR,
    )
    outlook = OutlookFacts(
        made=made,
        finish=made.finish,
        earliest=made.earliest,
        latest=made.latest,
        rate=made.rate,
    )
    cohort = CohortFacts(jobs=2, since=START, account="default", provider="P")
    assert facts_json(event(Facts(outlook=outlook, cohort=cohort))) == {
        "outlook": "about 14:00 UTC (13:00-15:00), 12 %/h",
        "forecast": "2026-11-23T14:00:00.000000Z",
        "earliest": "2026-11-23T13:00:00.000000Z",
        "latest": "2026-11-23T15:00:00.000000Z",
        "pace": "12 %/h",
        "cohort": "both jobs of account default flat since 12:00 UTC: likely on P's side",
        "cohort_jobs": 2,
        "cohort_of": "of account default",
        "cohort_since": "2026-11-23T12:00:00.000000Z",
    }


def test_without_a_forecast_it_is_written_why() -> None:
    made = NoForecast(obstacle=Obstacle.STANDS_STILL, lasting=2 * HOUR)
    assert facts_json(event(Facts(outlook=OutlookFacts(made=made)))) == {
        "outlook": "can't tell yet: no progress for 2h"
    }


@pytest.mark.parametrize("kind", EventKind)
def test_an_event_of_every_kind_is_read_as_it_was_written(kind: EventKind) -> None:
    written = facts_json(sample(kind, START))
    assert again(written) == written


_SPANS = st.timedeltas(timedelta(), timedelta(days=9999))


@given(
    step=_SPANS,
    left=_SPANS,
    at=TIMES,
    rate=st.floats(0, 1e6),
    model=st.text(max_size=100).map("M{}".format),
    number=st.integers(0, 2**63),
)
def test_whatever_is_written_reads_and_writes_the_same(
    step: timedelta, left: timedelta, at: datetime, rate: float, model: str, number: int
) -> None:
    written = facts_json(
        event(
            Facts(
                deadline=DeadlineFacts(step=step, time_left=left),
                outlook=OutlookFacts(finish=at, earliest=at, latest=at, rate=rate),
                cohort=CohortFacts(jobs=number, since=at, model=model),
                threshold=number,
            )
        )
    )
    assert again(written) == written
