"""What `doctor` says of a channel that delivers, and gave up on messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from batchbell.cli.doctor.channels import about_channel
from batchbell.core.channel_health import ChannelHealth
from batchbell.core.delivery.given_up import after_time
from batchbell.core.event import Severity
from batchbell.core.gauges import Backlog
from batchbell.messages.given_up_words import repair_words

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ("exit status 1", "That is a program of your own: look at its output."),
        ("the send broke off (ValueError)", ""),
    ],
)
def test_of_a_failing_one_it_says_what_to_look_at_where_that_is_known(
    reason: str, advice: str
) -> None:
    health = ChannelHealth(channel="team", failing_since=NOW, last_error=reason)
    found = about_channel(health, Backlog(), {}, (), NOW)
    assert found.advice == advice
    assert found.commands == (("Test it", "batchbell notify-test team"),)
    for waiting, words in ((1, "1 message waits"), (64, "64 messages wait")):
        found_more = about_channel(health, Backlog(pending=waiting), {}, (), NOW)
        assert found_more.detail == f"{found.detail}; {words}"
    typed = "Test it: batchbell notify-test team"
    said = f"{advice.removesuffix('.')}; {typed}" if advice else typed
    assert found.to_json()["advice"] == said


@pytest.mark.parametrize(
    ("reason", "said", "label"),
    [
        (
            "HTTP 400 Bad Request",
            "2 messages refused: HTTP 400 Bad Request",
            "Send them again once repaired",
        ),
        (after_time("HTTP 503"), "2 messages given up: HTTP 503", "Send them again"),
    ],
)
def test_what_was_refused_is_to_be_repaired_before_it_is_sent_again(
    reason: str, said: str, label: str
) -> None:
    health = ChannelHealth(channel="tickets", last_success_at=NOW - timedelta(minutes=5))
    found = about_channel(health, Backlog(dead=2), {reason: 2}, range(4), NOW)
    assert found.severity is Severity.WARNING
    assert found.detail == f"{said}; others delivered 5m ago"
    assert found.advice == repair_words([reason])
    assert found.commands == ((label, "batchbell deliveries retry all"),)
    few = about_channel(health, Backlog(dead=2), {reason: 2}, [360, 361], NOW)
    assert few.commands == ((label, "batchbell deliveries retry 360 361"),)
