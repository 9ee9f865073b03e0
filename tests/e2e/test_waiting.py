"""Waiting looks often at first, and later seldom."""

from __future__ import annotations

from itertools import chain, pairwise, repeat
from typing import TYPE_CHECKING

import pytest

from tests.e2e import waiting
from tests.e2e.waiting import LONGEST_LOOK_SECONDS, LOOK_SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

# Nothing is waited for here.
pytestmark = pytest.mark.sqlite


class SleptTime:
    """A clock that only a sleep moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> SleptTime:
    slept = SleptTime()
    monkeypatch.setattr(waiting, "time", slept)
    return slept


def test_the_longer_it_waits_the_rarer_it_looks(time: SleptTime) -> None:
    looks: list[float] = []

    def looked() -> bool:
        looks.append(time.now)
        return time.now > 10

    wait_until(looked)
    pauses = [later - earlier for earlier, later in pairwise(looks)]
    assert pauses[0] == pytest.approx(LOOK_SECONDS)
    assert pauses[-1] == pytest.approx(LONGEST_LOOK_SECONDS)
    assert len(looks) < 10 / LOOK_SECONDS / 4


def test_it_returns_what_came_and_ends_when_nothing_comes(time: SleptTime) -> None:
    answers: Iterator[list[int]] = chain([[], []], repeat([7]))
    assert wait_until(lambda: next(answers)) == [7]
    with pytest.raises(AssertionError, match="a miracle: not within 3 s"):
        wait_until(lambda: False, "a miracle", within=3)
    assert time.now == pytest.approx(3, abs=LONGEST_LOOK_SECONDS * 2)
