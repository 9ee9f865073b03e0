from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.core.channel_health import ChannelHealth
from batchbell.core.event import Severity
from batchbell.messages.delivery_words import (
    behind_a_failure,
    held_until,
    how_far,
    state_word,
)

NOW = datetime(2026, 11, 29, 21, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=3)


@dataclass(frozen=True)
class Sending:
    """A message, three minutes old."""

    state: str
    attempts: int = 0
    created_at: datetime = BEFORE
    next_attempt_at: datetime = NOW + timedelta(seconds=40)
    ended_at: datetime | None = None
    is_set_aside: bool = False


@pytest.mark.parametrize(
    ("sending", "severity", "phrase"),
    [
        (Sending("sent", 1, ended_at=BEFORE), Severity.SUCCESS, "sent 3m ago"),
        (Sending("dead", 2, ended_at=BEFORE), Severity.FAILURE, "given up 3m ago"),
        (Sending("sent", 1, ended_at=NOW + timedelta(hours=1)), Severity.SUCCESS, "sent now"),
        (Sending("dead", 2), Severity.FAILURE, "given up 3m ago"),
        (Sending("pending", 1), Severity.WARNING, "retrying in 40s"),
        (Sending("pending", 1, next_attempt_at=BEFORE), Severity.WARNING, "retrying now"),
        (
            Sending("pending", 1, is_set_aside=True),
            Severity.WARNING,
            "set aside, retrying in 40s",
        ),
        (Sending("pending"), Severity.INFO, "waiting since 20:57 UTC (3m)"),
    ],
)
def test_each_state_has_one_phrase(sending: Sending, severity: Severity, phrase: str) -> None:
    assert how_far(sending, NOW)[:2] == (severity, phrase)
    assert state_word(sending) in phrase


def test_what_is_held_says_until_when_and_what_waits_since_when() -> None:
    soon, tomorrow = NOW + timedelta(hours=1, minutes=57), NOW + timedelta(hours=9)
    assert held_until(soon, NOW) == "held until 22:57 UTC (in 1h 57m)"
    assert held_until(tomorrow, NOW) == "held until 2026-11-30 06:00 UTC (in 9h)"
    _, phrase, _ = how_far(Sending("pending", created_at=NOW - timedelta(hours=8)), NOW)
    assert phrase == "waiting since 13:00 UTC (8h)"
    # Another machine's clock may be a little ahead.
    _, phrase, _ = how_far(Sending("pending", created_at=NOW + timedelta(seconds=2)), NOW)
    assert phrase == "waiting since 21:00 UTC (0s)"


def test_a_message_whose_channel_fails_says_since_when_and_why() -> None:
    failing = ChannelHealth(
        channel="pager",
        failing_since=NOW - timedelta(hours=2),
        last_error="HTTP 503 Service Unavailable",
    )
    waits = Sending("pending")
    words = "its receiver fails since 19:00 UTC (HTTP 503 Service Unavailable)"
    assert behind_a_failure(waits, failing, NOW) == words
    # What was tried says so itself, and what is sent is no longer held up.
    assert behind_a_failure(Sending("pending", 1), failing, NOW) == ""
    assert behind_a_failure(Sending("sent", 1), failing, NOW) == ""
    for other in (None, ChannelHealth(channel="pager")):
        assert behind_a_failure(waits, other, NOW) == ""
