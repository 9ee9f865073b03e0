from __future__ import annotations

from typing import NamedTuple

from batchbell.messages.attempt_folds import folded_attempts


class Attempt(NamedTuple):
    """How an attempt ended."""

    delivered: bool = False
    reason: str = "HTTP 400"
    output: str = ""


SENT = Attempt(delivered=True, reason="")


def lengths(*attempts: Attempt) -> list[int]:
    return [len(run) for run in folded_attempts(attempts)]


def test_attempts_that_ended_alike_are_one() -> None:
    assert lengths(*[Attempt()] * 53, SENT) == [53, 1]


def test_two_stay_two() -> None:
    assert lengths(Attempt(), Attempt()) == [1, 1]
    assert lengths() == []


def test_another_reason_or_output_begins_anew() -> None:
    other, wrote = Attempt(reason="HTTP 500"), Attempt(output="jq: not found")
    assert lengths(*[Attempt()] * 3, *[other] * 4, *[wrote] * 5, Attempt()) == [3, 4, 5, 1]
