from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from batchbell.core.event import EventKind

if TYPE_CHECKING:
    from tests.cli.filled import Bell


@pytest.fixture
def eventful(bell: Bell) -> Bell:
    bell.poll(bell.job("one"), bell.job("two"), at=bell.ago(days=3))
    bell.poll(bell.job("one", "FAILED"), bell.job("two"), at=bell.ago(days=2, hours=1))
    bell.poll(bell.job("one", "FAILED"), bell.job("two", "CANCELLED"), at=bell.ago(hours=1))
    bell.poll(bell.job("three"), account="europe", at=bell.ago(minutes=30))
    return bell


def kinds(bell: Bell, *arguments: str) -> list[str]:
    return [event["kind"] for event in json.loads(bell.run("events", "--json", *arguments).output)]


def test_the_log_is_oldest_first(eventful: Bell) -> None:
    lines = eventful.run("events").output.splitlines()
    assert [line.split()[4] for line in lines] == [
        *["account.watching", "batch.failed", "batch.cancelled", "account.watching"],
    ]


def test_since_job_kind_account_and_limit_narrow_it(eventful: Bell) -> None:
    assert kinds(eventful, "--since", "2d") == ["batch.cancelled", "account.watching"]
    assert kinds(eventful, "--job", "two") == ["batch.cancelled"]
    assert kinds(eventful, "--job", "one", "--since", "2d") == []
    assert kinds(eventful, "--job", "one", "--kind", "batch.c*") == []
    assert kinds(eventful, "--kind", "batch.*") == ["batch.failed", "batch.cancelled"]
    assert kinds(eventful, "--account", "europe") == ["account.watching"]
    assert kinds(eventful, "--limit", "1") == ["account.watching"]


def test_text_says_how_many_older_ones_a_limit_left_out(eventful: Bell) -> None:
    output = eventful.run("events", "--limit", "1").output
    assert output.splitlines()[0] == "3 older events: batchbell events --limit 4"


def test_an_empty_log_and_an_empty_search_say_so(bell: Bell) -> None:
    assert bell.run("events").output == "No events yet.\n"
    assert bell.run("events", "--since", "1h").output == "No such events.\n"
    assert json.loads(bell.run("events", "--json").output) == []


def test_a_kind_that_can_not_be_is_answered_with_the_nearest(eventful: Bell) -> None:
    result = eventful.run("events", "--kind", "batch.fial")
    assert result.exit_code == 2
    assert "do you mean 'batch.failed'?" in result.stderr
    for kind in EventKind:
        assert eventful.run("events", "--kind", kind.value).exit_code == 0


def test_a_duration_is_written_as_in_the_configuration(eventful: Bell) -> None:
    result = eventful.run("events", "--since", "yesterday")
    assert result.exit_code == 2
    assert "'yesterday' is not a duration" in result.stderr
