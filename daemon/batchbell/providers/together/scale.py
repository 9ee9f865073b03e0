"""Whether the API's progress runs to 100 or to 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.provider import JobState

if TYPE_CHECKING:
    from collections.abc import Collection

    from batchbell.core.provider import ProgressScale
    from batchbell.providers.together.row import ParsedRow


def is_fraction_scale(
    rows: Collection[ParsedRow], *, scale: ProgressScale, assume_fraction: bool
) -> bool:
    """Whether progress in these rows runs to 1, not to 100.

    Found out when some COMPLETED job stands at exactly 1 and none above; once found out
    (`assume_fraction`) it holds until a value exceeds 1. Source: docs/api.md, `progress`.
    """
    if scale != "auto":
        return scale == "fraction"
    if count_above_one(rows):
        return False
    return assume_fraction or any(
        row.raw_progress == 1 and row.job.state is JobState.COMPLETED for row in rows
    )


def count_above_one(rows: Collection[ParsedRow]) -> int:
    """Return how many rows have a progress that is none on the fraction scale."""
    return sum(row.raw_progress is not None and row.raw_progress > 1 for row in rows)
