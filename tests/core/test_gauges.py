from __future__ import annotations

from datetime import timedelta

import pytest

from batchbell.core.gauges import (
    BEHIND_AFTER,
    MOST_MODELS,
    JobCount,
    ResultBacklog,
    closed_labels,
)
from tests.fakes import START


def count(status: str, model: str = "m", jobs: int = 1, account: str = "a") -> JobCount:
    return JobCount(account=account, status=status, model=model, jobs=jobs)


def test_an_unknown_status_is_other_and_a_missing_one_none() -> None:
    counts = closed_labels([count("FAILED"), count("PAUSED"), count("ODD"), count("")])
    assert [(each.status, each.jobs) for each in counts] == [
        ("FAILED", 1),
        ("none", 1),
        ("other", 2),
    ]


def test_only_the_most_used_models_have_a_series_of_their_own() -> None:
    counts = closed_labels(count("FAILED", f"model-{n:04}", jobs=n + 1) for n in range(5_000))
    models = {each.model for each in counts}
    assert len(counts) == len(models) == MOST_MODELS + 1
    assert "other" in models
    assert "model-4999" in models
    assert sum(each.jobs for each in counts) == 5_000 * 5_001 // 2


def test_a_missing_model_is_none() -> None:
    assert closed_labels([count("FAILED", "")])[0].model == "none"
    assert closed_labels([]) == ()


@pytest.mark.parametrize(
    ("waits", "is_behind"),
    [(None, False), (BEHIND_AFTER, False), (BEHIND_AFTER + timedelta(seconds=1), True)],
)
def test_results_are_behind_once_one_waits_for_long(
    waits: timedelta | None, *, is_behind: bool
) -> None:
    backlog = ResultBacklog(oldest_at=None if waits is None else START - waits)
    assert backlog.is_behind(START) is is_behind
