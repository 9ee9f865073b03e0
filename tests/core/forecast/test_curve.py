from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.forecast.curve import MOST_POINTS, ProgressCurve, progress_curve
from tests.fakes import START

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = START + timedelta(hours=10)


def at(hour: float) -> datetime:
    return START + timedelta(hours=hour)


def curve_of(*samples: tuple[float, float], started: float = 0) -> ProgressCurve | None:
    """The curve at hour 10."""
    return progress_curve(
        [(at(hour), progress) for hour, progress in samples],
        started_at=at(started),
        now=NOW,
    )


def heights(curve: ProgressCurve | None) -> list[tuple[float, float]]:
    """Its points, hours since the start."""
    assert curve is not None
    began = (curve.began_at - START) / timedelta(hours=1)
    return [(round(began + hour, 6), done) for hour, done in curve.points]


def test_a_job_is_taken_to_have_started_at_nothing() -> None:
    assert heights(curve_of((2, 0.1), (5, 0.3))) == [(0, 0), (2, 0.1), (5, 0.3)]


def test_a_job_first_seen_under_way_begins_where_it_stood() -> None:
    assert heights(curve_of((3, 0.4), (5, 0.6), started=3)) == [(3, 0.4), (5, 0.6)]


def test_a_job_that_nobody_saw_start_begins_with_its_first_sample() -> None:
    samples = [(at(3), 0.4), (at(5), 0.6), (at(11), 0.9)]
    curve = progress_curve(samples, started_at=None, now=NOW)
    assert heights(curve) == [(3, 0.4), (5, 0.6)]
    for unusable in ([], samples[2:], [(at(3), float("nan"))], [(at(3), 0.0)]):
        assert progress_curve(unusable, started_at=None, now=NOW) is None


def test_what_was_sampled_before_the_start_counts_as_of_the_start() -> None:
    assert heights(curve_of((1, 0.0), (4, 0.2), (6, 0.3), started=3)) == [
        (3, 0.0),
        (4, 0.2),
        (6, 0.3),
    ]


def test_the_order_of_the_samples_is_irrelevant_and_the_last_of_a_moment_counts() -> None:
    samples = [(6, 0.5), (2, 0.1), (4, 0.2), (4, 0.3)]
    assert heights(curve_of(*samples)) == [(0, 0), (2, 0.1), (4, 0.3), (6, 0.5)]


@pytest.mark.parametrize("samples", [[], [(1, 0.0), (2, 0.0)], [(11, 0.5)], [(2, float("nan"))]])
def test_without_progress_there_is_no_curve(samples: Sequence[tuple[float, float]]) -> None:
    assert curve_of(*samples) is None


def test_progress_stays_between_nothing_and_all() -> None:
    assert heights(curve_of((1, -3), (2, 0.5), (3, 7.0))) == [(0, 0), (2, 0.5), (3, 1.0)]


def test_after_a_reset_only_what_follows_counts() -> None:
    curve = curve_of((1, 0.4), (2, 0.8), (3, 0.1), (4, 0.2))
    assert heights(curve) == [(3, 0.1), (4, 0.2)]


def test_a_small_fall_is_a_correction_of_what_was_before() -> None:
    curve = curve_of((1, 0.4), (2, 0.51), (3, 0.5), (4, 0.6))
    assert heights(curve) == [(0, 0), (1, 0.4), (2, 0.5), (4, 0.6)]


def test_it_says_how_often_it_moved_and_how_much_is_done() -> None:
    curve = curve_of((2, 0.1), (5, 0.3))
    assert curve is not None
    assert (curve.moves, curve.done) == (2, 0.3)


def test_a_long_history_is_thinned_and_keeps_its_ends() -> None:
    curve = curve_of(*((1 + index / 1000, index / 2000) for index in range(1, 1500)))
    assert curve is not None
    assert MOST_POINTS / 2 < len(curve.points) <= MOST_POINTS + 1
    assert curve.points[0] == (0.0, 0.0)
    assert curve.done == 1499 / 2000
