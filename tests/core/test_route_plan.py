from __future__ import annotations

from datetime import UTC, datetime, timedelta

from batchbell.core.event import TOLD_BY_DEFAULT, EventKind, Severity
from batchbell.core.mute import Mute
from batchbell.core.route_plan import Subject, kinds_told, tells_no_failure, verdicts
from batchbell.core.routing import Filter

NOW = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
QWEN = Filter(channel="qwen", models=("Qwen/*",))
EVERYTHING = Filter(channel="all", events=("*",))


def reasons(
    subject: Subject, *filters: Filter, kind: EventKind = EventKind.FAILED
) -> dict[str, str]:
    return verdicts([kind], filters, subject, NOW)[kind]


def test_each_channel_says_yes_or_why_not() -> None:
    subject = Subject(model="meta-llama/Llama-3.3-70B")
    assert reasons(subject, QWEN, EVERYTHING) == {
        "qwen": "models: meta-llama/Llama-3.3-70B matches none of Qwen/*",
        "all": "",
    }


def test_every_field_of_the_subject_is_asked_for() -> None:
    subject = Subject(
        account="prod", model="m", endpoint="/v1/x", user="user_1", input_file="nightly.jsonl"
    )
    fitting = Filter(
        channel="t",
        accounts=("prod",),
        models=("m",),
        endpoints=("/v1/x",),
        users=("user_1",),
        input_files=("nightly*",),
    )
    assert reasons(subject, fitting) == {"t": ""}
    assert reasons(Subject(account="prod"), fitting)["t"].startswith("models: none")


def test_a_channel_s_own_failure_is_not_that_of_a_configured_one() -> None:
    team = Filter(channel="team")
    assert reasons(Subject(), team, kind=EventKind.CHANNEL_FAILING) == {"team": ""}


def test_a_mute_keeps_everybody_silent() -> None:
    mute = Mute(muted_at=NOW, until=NOW + timedelta(hours=1))
    told = verdicts([EventKind.FAILED], [EVERYTHING], Subject(), NOW, muted=[mute])
    assert told[EventKind.FAILED]["all"].startswith("muted until")


def test_the_kinds_a_channel_can_be_told_of_some_job() -> None:
    told = kinds_told([QWEN, EVERYTHING, Filter(channel="team")], NOW)
    assert told["all"] == set(EventKind)
    assert told["team"] == TOLD_BY_DEFAULT
    # Account and channel events have no model.
    assert told["qwen"] == {kind for kind in TOLD_BY_DEFAULT if kind.startswith("batch.")}


def test_a_glob_stands_for_some_text() -> None:
    odd = Filter(channel="odd", accounts=("a?c", "x"), input_files=("night??",))
    assert EventKind.FAILED in kinds_told([odd], NOW)["odd"]


def test_a_filter_that_lets_nothing_through_is_told_nothing() -> None:
    assert kinds_told([Filter(channel="none", models=())], NOW)["none"] == set()


def test_a_configuration_without_failures_is_noticed() -> None:
    good = Filter(channel="good", events=("batch.completed",))
    outages = Filter(channel="outages", events=("account.*",))
    assert tells_no_failure([good, outages], NOW)
    assert not tells_no_failure([good, EVERYTHING], NOW)
    assert not tells_no_failure([Filter(channel="bad", min_severity=Severity.FAILURE)], NOW)
