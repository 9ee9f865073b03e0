from __future__ import annotations

import click
import pytest

from batchbell.cli.terminal.notify_lines import Result, trial_lines


def said(*, waiting: int, delivered: bool = False) -> list[str]:
    reason = "sent" if delivered else "HTTP 503 Service Unavailable"
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
