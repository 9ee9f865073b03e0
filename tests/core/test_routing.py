from __future__ import annotations

from typing import Any

import pytest

from batchbell.core.event import TOLD_BY_DEFAULT, Event, EventKind, Severity
from batchbell.core.facts import Facts
from batchbell.core.job import BatchJob
from batchbell.core.routing import (
    Filter,
    in_messages,
    in_parts,
    reason_not_told,
    route,
    worst_first,
)
from tests.fakes import START

JOB = BatchJob(
    id="job-1",
    user_id="user_1",
    model_id="deepseek-ai/DeepSeek-V3",
    endpoint="/v1/chat/completions",
)


def event(kind: EventKind = EventKind.FAILED, **fields: Any) -> Event:
    facts = Facts(input_file="nightly.jsonl")
    known: dict[str, Any] = {"account": "prod", "job_id": "job-1", "job": JOB, "facts": facts}
    return Event(kind=kind, happened_at=START, seen_at=START, **{**known, **fields})


@pytest.mark.parametrize("kind", EventKind)
def test_without_filters_a_channel_is_told_the_default_kinds(kind: EventKind) -> None:
    reason = reason_not_told(event(kind), Filter(channel="team"))
    expected = None if kind in TOLD_BY_DEFAULT else f"{kind} is not told by default"
    assert reason == expected


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Filter(channel="t", events=("batch.*",)), None),
        (
            Filter(channel="t", events=("account.*",)),
            "its `events` leave out batch.failed",
        ),
        (Filter(channel="t", events=()), "its `events` leave out batch.failed"),
        (Filter(channel="t", accounts=("pr*",)), None),
        (
            Filter(channel="t", models=("a", "b", "c", "d")),
            "models: deepseek-ai/DeepSeek-V3 matches none of a, b, c, d",
        ),
        (
            Filter(channel="t", models=("a", "b", "c", "d", "e")),
            "models: deepseek-ai/DeepSeek-V3 matches none of a, b, c and 2 more",
        ),
        (Filter(channel="t", accounts=("dev",)), "accounts: prod matches none of dev"),
        (Filter(channel="t", models=("deepseek-ai/*", "x")), None),
        (
            Filter(channel="t", models=("Qwen/*",)),
            "models: deepseek-ai/DeepSeek-V3 matches none of Qwen/*",
        ),
        (
            Filter(channel="t", endpoints=("/v1/audio/*",)),
            "endpoints: /v1/chat/completions matches none of /v1/audio/*",
        ),
        (Filter(channel="t", users=("user_*",)), None),
        (Filter(channel="t", users=("bob",)), "users: user_1 matches none of bob"),
        (Filter(channel="t", input_files=("nightly*",)), None),
        (
            Filter(channel="t", input_files=("daily*",)),
            "input_files: nightly.jsonl matches none of daily*",
        ),
        (Filter(channel="t", min_severity=Severity.FAILURE), None),
    ],
)
def test_each_filter_decides_and_gives_its_reason(wanted: Filter, reason: str | None) -> None:
    assert reason_not_told(event(), wanted) == reason


def test_a_severity_below_the_least_is_not_told() -> None:
    wanted = Filter(channel="team", min_severity=Severity.WARNING)
    reason = reason_not_told(event(EventKind.COMPLETED), wanted)
    assert reason == "min_severity: success is below warning"


def test_a_missing_field_is_matched_by_the_star_alone() -> None:
    outage = event(EventKind.CHANNEL_FAILING, account="", job_id="", job=None)
    assert reason_not_told(outage, Filter(channel="team")) is None
    wanted = Filter(channel="team", accounts=("?*",))
    assert reason_not_told(outage, wanted) == "accounts: none matches none of ?*"
    wanted = Filter(channel="team", models=("some-model",))
    assert reason_not_told(outage, wanted) == "models: none matches none of some-model"


def test_a_channel_is_not_told_of_its_own_failure() -> None:
    failing = event(EventKind.CHANNEL_FAILING, facts=Facts(channel="team"))
    decided = route(failing, [Filter(channel="team"), Filter(channel="mail")])
    assert decided.told == ("mail",)
    assert decided.not_told == {"team": "it is the channel in question"}


def test_a_silent_event_is_told_to_nobody_with_its_reason() -> None:
    silent = event(silent_because="already past at the first poll")
    decided = route(silent, [Filter(channel="team")])
    assert (decided.told, decided.not_told) == ((), {"team": "already past at the first poll"})


def test_messages_hold_twenty_events_at_most() -> None:
    assert [len(part) for part in in_messages(range(45))] == [20, 20, 5]
    assert in_messages([]) == []


def test_the_worst_comes_first() -> None:
    several = [event(EventKind.COMPLETED), event(EventKind.FAILED), event(EventKind.CANCELLED)]
    assert [one.kind.value for one in worst_first(several)] == [
        "batch.failed",
        "batch.cancelled",
        "batch.completed",
    ]


class TestParts:
    def test_without_an_exception_everything_is_one_part(self) -> None:
        assert in_parts([1, 3, 2], Severity, None) == [[1, 3, 2]]

    def test_what_is_bad_enough_is_told_on_its_own_in_the_same_order(self) -> None:
        assert in_parts([3, 0, 2, 1], Severity, Severity.WARNING) == [[3, 2], [0, 1]]


def test_a_closed_channel_is_told_nothing_and_says_why() -> None:
    closed = Filter(channel="team", closed="it wants no more")
    assert reason_not_told(event(), closed) == "it wants no more"
