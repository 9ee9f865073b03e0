from __future__ import annotations

from datetime import UTC, datetime

import pytest

from batchbell.core.awaiting import IN_END
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.job import BatchJob
from batchbell.core.routing import Filter, reason_not_told
from batchbell.messages.not_told import what_would_tell, why_not_told, why_these_were_not_told

NOW = datetime(2026, 11, 29, 21, 0, tzinfo=UTC)


def why(wanted: Filter, kind: EventKind = EventKind.COMPLETED) -> str:
    """Return in words what routing decides of a completed job without a user."""
    job = BatchJob(id="one", status="COMPLETED", model_id="meta-llama/Llama")
    event = Event(kind=kind, account="prod", job_id="one", happened_at=NOW, seen_at=NOW, job=job)
    return why_not_told(reason_not_told(event, wanted) or "")


@pytest.mark.parametrize(
    ("least", "words"),
    [
        (
            Severity.SUCCESS,
            "it takes only successes, warnings and failures (min_severity = success)",
        ),
        (Severity.WARNING, "it takes only warnings and failures (min_severity = warning)"),
        (Severity.FAILURE, "it takes only failures (min_severity = failure)"),
    ],
)
def test_a_channel_for_worse_news_says_what_it_takes(least: Severity, words: str) -> None:
    wanted = Filter(channel="team", events=("*",), min_severity=least)
    assert why(wanted, EventKind.PROGRESS) == words


def test_what_nobody_asked_for_and_what_is_left_out_are_sentences() -> None:
    told = why(Filter(channel="team"), EventKind.PROGRESS)
    assert told == "its events leave out batch.progress"
    assert why(Filter(channel="team", events=())) == "its events leave out batch.completed"


def test_a_job_that_a_channel_does_not_take_is_named_with_what_it_takes() -> None:
    other = Filter(channel="team", models=("Qwen/*", "deepseek-ai/*"))
    assert why(other) == "it takes only models like Qwen/*, deepseek-ai/*, not meta-llama/Llama"
    named = Filter(channel="team", input_files=("nightly*",))
    assert why(named) == "it takes only input files like nightly*, and none is known"
    assert why(Filter(channel="team", users=())) == "it takes no users"


@pytest.mark.parametrize(
    ("wanted", "change"),
    [
        (Filter(channel="c", min_severity=Severity.FAILURE), 'channels.c.min_severity = "success"'),
        (Filter(channel="c", events=()), '"batch.completed" among channels.c.events'),
        (Filter(channel="c", models=("Qwen/*",)), ""),
    ],
)
def test_what_in_the_configuration_would_tell_it_is_named(wanted: Filter, change: str) -> None:
    event = Event(kind=EventKind.COMPLETED, account="prod", happened_at=NOW, seen_at=NOW)
    assert what_would_tell("c", reason_not_told(event, wanted) or "") == change


def test_what_is_not_told_by_default_can_be_asked_for() -> None:
    event = Event(kind=EventKind.PROGRESS, account="prod", happened_at=NOW, seen_at=NOW)
    reason = reason_not_told(event, Filter(channel="c")) or ""
    assert what_would_tell("c", reason) == '"batch.progress" among channels.c.events'


def test_a_reason_that_is_a_sentence_stays() -> None:
    # Whether that was sent, or is to be, is told beside the end.
    assert why_not_told(IN_END) == "it is part of the message about the job's end"
    assert (
        why_not_told("min_severity: odd is below unheard") == "min_severity: odd is below unheard"
    )


def test_of_several_channels_it_is_said_in_the_plural() -> None:
    left_out = "its `events` leave out batch.created"
    assert why_these_were_not_told(left_out, 1) == "its events leave out batch.created"
    assert why_these_were_not_told(left_out, 2) == "their events leave out batch.created"
    too_good = "min_severity: success is below warning"
    told = why_these_were_not_told(too_good, 2)
    assert told == "they take only warnings and failures (min_severity = warning)"
