"""How often `status --watch` looks."""

from __future__ import annotations

import pytest

from batchbell.cli.terminal.watch import REDRAW_SECONDS, wait_after


@pytest.mark.parametrize("look_seconds", [0.0, 0.05, 0.1])
def test_it_looks_every_second_when_that_is_cheap(look_seconds: float) -> None:
    assert wait_after(look_seconds) == REDRAW_SECONDS


@pytest.mark.parametrize("look_seconds", [0.2, 0.4, 3.0])
def test_with_many_jobs_it_takes_a_tenth_of_a_processor(look_seconds: float) -> None:
    assert look_seconds / (look_seconds + wait_after(look_seconds)) == pytest.approx(0.1)
