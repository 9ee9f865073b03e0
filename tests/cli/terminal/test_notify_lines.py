from __future__ import annotations

import click
import pytest

from batchbell.cli.terminal.notify_lines import Result, trial_lines


def said(
    *, waiting: int, delivered: bool = False, why: str = "HTTP 503 Service Unavailable"
) -> list[str]:
    reason = "sent" if delivered else why
    result = Result(channel="team", delivered=delivered, reason=reason, duration_seconds=0.01)
    return [*map(click.unstyle, trial_lines(result, "example.org", waiting))]


@pytest.mark.parametrize(
    ("waiting", "words"),
    [
        (1, "1 message waits, and goes out by itself once the receiver takes it."),
        (65, "65 messages wait, and go out by themselves once the receiver takes them."),
    ],
)
def test_what_waits_goes_out_by_itself(waiting: int, words: str) -> None:
    first, _, last = said(waiting=waiting)
    assert first == "✗ team: example.org answered HTTP 503 Service Unavailable (0.0 s)"
    assert last == f"  {words}"


def test_of_one_that_delivers_nothing_else_is_said() -> None:
    assert said(waiting=3, delivered=True) == ["✓ team: sent (0.0 s)"]
    assert len(said(waiting=0)) == 2


def test_nothing_is_promised_of_a_receiver_that_wants_no_more() -> None:
    assert len(said(waiting=3, why="HTTP 410 Gone")) == 2


def test_where_nothing_is_known_to_look_at_no_line_is_empty() -> None:
    assert said(waiting=0, why="the send broke off (ValueError)") == [
        "✗ team: example.org: the send broke off (ValueError) (0.0 s)"
    ]
