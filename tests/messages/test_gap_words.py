"""Gaps in polling in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from batchbell.core.gap import Gap
from batchbell.messages.gap_words import latest_in_words
from tests.fakes import START

GAP = Gap(since=START, until=START + timedelta(hours=3), reason="daemon down")


def test_a_gap_reads_as_a_phrase() -> None:
    assert list(latest_in_words([GAP])) == ["blind 12:00 to 15:00 UTC (daemon down)"]


@pytest.mark.parametrize(
    ("count", "phrases", "first"),
    [(0, 0, ""), (3, 3, "blind 12:00"), (4, 4, "1 earlier gap"), (9, 4, "6 earlier gaps")],
)
def test_of_many_gaps_only_the_latest_are_shown(count: int, phrases: int, first: str) -> None:
    words = list(latest_in_words([GAP] * count))
    assert len(words) == phrases
    assert "".join(words).startswith(first)
