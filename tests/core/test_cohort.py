from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.facts import CohortFacts
from batchbell.core.job import BatchJob
from batchbell.core.rules import Rules
from batchbell.messages.event_words import cohort_words
from tests.fakes import MINUTE, START
from tests.watched import watched

if TYPE_CHECKING:
    from batchbell.core.event import Event

HOUR = timedelta(hours=1)
RULES = Rules(stalled_after=2 * HOUR, provider="Sundial")
LLAMA, QWEN = "meta/llama", "qwen"


def job(job_id: str, model: str | None = LLAMA, progress: float = 0.5) -> BatchJob:
    return BatchJob(
        id=job_id, status="IN_PROGRESS", progress=progress, model_id=model, created_at=START
    )


def cohorts(*standing: BatchJob, moving: BatchJob | None = None) -> dict[str, str | None]:
    """Return, by job, what is said of those stalling with it when these stand for two hours."""
    world = watched(*standing, *([moving] if moving else []), rules=RULES)
    for minute in range(121):
        others = [replace(moving, progress=minute / 1000)] if moving else []
        world.poll(*standing, *others)
    return {event.job_id: said_of(event) for event in world.told if event.kind is EventKind.STALLED}


def said_of(event: Event) -> str | None:
    cohort = event.facts.cohort
    if cohort is None:
        return None
    return cohort_words(cohort, provider=cohort.provider, now=event.seen_at)


def test_all_jobs_of_a_model_that_stall_together_say_so() -> None:
    said = cohorts(job("a"), job("b"), job("c"), moving=job("d", QWEN))
    sentence = "all 3 jobs on meta/llama flat since 12:01 UTC: likely on Sundial's side"
    assert said == {"a": sentence, "b": sentence, "c": sentence}


def test_the_sentence_is_made_of_values() -> None:
    world = watched(job("a"), job("b"), job("c"), rules=RULES)
    (told, *_) = world.stands(job("a"), job("b"), job("c"), during=3 * HOUR)
    assert told.facts.cohort == CohortFacts(
        jobs=3, model="meta/llama", since=START + MINUTE, provider="Sundial"
    )


def test_two_jobs_are_both() -> None:
    said = cohorts(job("a"), job("b"), moving=job("d", QWEN))
    assert set(said.values()) == {
        "both jobs on meta/llama flat since 12:01 UTC: likely on Sundial's side"
    }


def test_one_job_that_moves_on_the_same_model_makes_it_a_coincidence() -> None:
    assert cohorts(job("a"), job("b"), moving=job("c")) == {"a": None, "b": None}


def test_a_single_job_is_no_cohort() -> None:
    assert cohorts(job("a"), moving=job("b", QWEN)) == {"a": None}
    assert cohorts(job("a")) == {"a": None}


def test_all_jobs_of_the_account_are_the_wider_sentence() -> None:
    said = cohorts(job("a"), job("b"), job("c", QWEN))
    assert set(said.values()) == {
        "all 3 jobs of account default flat since 12:01 UTC: likely on Sundial's side"
    }


def test_an_account_with_one_model_is_named_by_the_model() -> None:
    assert "on meta/llama" in str(cohorts(job("a"), job("b"))["a"])


def test_jobs_without_a_model_are_a_cohort_of_the_account_only() -> None:
    assert "of account default" in str(cohorts(job("a", None), job("b", None))["a"])
    said = cohorts(job("a", None), job("b", None), moving=job("c", QWEN))
    assert said == {"a": None, "b": None}


def test_of_two_models_only_the_one_that_stands_still_is_a_cohort() -> None:
    said = cohorts(job("a"), job("b"), job("c", QWEN), moving=job("d", QWEN))
    assert said["c"] is None
    assert said["a"] == said["b"] is not None


def test_a_job_that_stalled_before_counts_with_those_that_follow_it() -> None:
    world = watched(job("a"), rules=RULES)
    world.stands(job("a"), during=HOUR)
    told = world.stands(job("a"), job("b"), job("c"), during=3 * HOUR)
    sentences = {e.job_id: said_of(e) for e in told if e.kind is EventKind.STALLED}
    assert sentences["a"] is None
    assert sentences["b"] == sentences["c"]
    assert str(sentences["b"]).startswith("all 3 jobs on meta/llama flat since 13:02 UTC")


def test_jobs_that_stall_one_after_the_other_are_no_cohort() -> None:
    world = watched(job("a"), rules=RULES)
    world.stands(job("a"), during=MINUTE)
    told = world.stands(job("a"), job("b"), during=3 * HOUR)
    stalls = [event for event in told if event.kind is EventKind.STALLED]
    assert [said_of(event) for event in stalls] == [None, None]


def test_a_vanished_job_is_not_waited_for() -> None:
    world = watched(job("a"), job("b"), job("gone"), rules=RULES)
    told = world.stands(job("a"), job("b"), during=3 * HOUR)
    stalls = [event for event in told if event.kind is EventKind.STALLED]
    assert [str(said_of(event))[:4] for event in stalls] == ["both", "both"]


def test_the_day_is_named_if_it_was_another_one() -> None:
    world = watched(job("a"), job("b"), rules=replace(RULES, stalled_after=13 * HOUR))
    told = world.stands(job("a"), job("b"), during=13 * HOUR)
    assert "flat since 2026-11-23 12:01 UTC" in str(said_of(told[0]))


def test_other_events_of_the_decision_are_left_as_they_are() -> None:
    due = replace(job("due"), job_deadline=START + 3 * HOUR + MINUTE)
    world = watched(job("a"), due, rules=RULES)
    told = world.stands(job("a"), due, during=2 * HOUR)
    cohort = {event.kind: said_of(event) for event in told}
    assert cohort[EventKind.DEADLINE_APPROACHING] is None
    assert str(cohort[EventKind.STALLED]).startswith("both jobs on meta/llama")
