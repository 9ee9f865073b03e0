from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.cli.terminal.sparkline import WIDTH, sparkline

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
samples = st.lists(
    st.tuples(st.integers(0, 10_000), st.floats(-1, 2, allow_nan=False)), min_size=1, max_size=50
).map(lambda pairs: [(START + minute * MINUTE, done) for minute, done in sorted(pairs)])


@pytest.fixture(autouse=True)
def _speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchbell.cli.terminal.sparkline.speaks_unicode", lambda: True)


def test_progress_at_an_even_pace_climbs_by_every_sign() -> None:
    steady = [(START + minute * MINUTE, minute / 100) for minute in range(101)]
    drawn = sparkline(steady, START + 100 * MINUTE)
    assert drawn[0] == "▁"
    assert drawn[-1] == "█"
    assert "".join(sorted(set(drawn))) == "▁▂▃▄▅▆▇█"
    assert all(one <= two for one, two in pairwise(drawn))


def test_a_standstill_is_level_until_now() -> None:
    drawn = sparkline([(START, 0.0), (START + MINUTE, 0.5)], START + 100 * MINUTE)
    assert drawn[1:] == "▅" * (WIDTH - 1)


def test_nothing_to_draw_is_nothing() -> None:
    assert sparkline([], START) == ""
    assert sparkline([(START, 0.5)], START) == ""
    assert sparkline([(START, 0.5)], START - MINUTE) == ""


def test_an_encoding_without_those_signs_gets_tenths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("batchbell.cli.terminal.sparkline.speaks_unicode", lambda: False)
    drawn = sparkline([(START, 0.25), (START + 5 * MINUTE, 1.0)], START + 10 * MINUTE)
    assert drawn == "2" * (WIDTH // 2 - 1) + "9" * (WIDTH // 2 + 1)


@given(samples, st.integers(1, 20_000))
def test_whatever_was_seen_it_is_as_long_as_a_line_has_room_for(
    seen: list[tuple[datetime, float]], minutes: int
) -> None:
    drawn = sparkline(seen, START + minutes * MINUTE)
    assert len(drawn) in {0, WIDTH}
    assert set(drawn) <= set("▁▂▃▄▅▆▇█")
