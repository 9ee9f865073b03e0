"""Whether the API's progress runs to 100 or to 1: what of a row tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.provider import JobState

if TYPE_CHECKING:
    from batchbell.core.provider import ProgressScale

#: The most `progress` can be, on the percent scale.
FULL_PROGRESS = 100
#: Marks of a row: its progress is none on the fraction scale; it is COMPLETED at exactly 1.
ABOVE_ONE, DONE_AT_ONE = 1, 2


def marks_of(progress: float | None, status: object) -> int:
    """Return the marks of a row; `progress` is as the API sent it."""
    above = ABOVE_ONE if progress is not None and progress > 1 else 0
    done = DONE_AT_ONE if progress == 1 and status == JobState.COMPLETED else 0
    return above | done


def scaled(progress: float | None, *, fraction_scale: bool) -> float | None:
    """Return a progress as a fraction, given as the API sent it; above 1 on that scale is none."""
    if progress is None:
        return None
    if not fraction_scale:
        return progress / FULL_PROGRESS
    return progress if progress <= 1 else None


def is_fraction_scale(marks: int, *, scale: ProgressScale, assume_fraction: bool) -> bool:
    """Whether progress in rows that have these marks together runs to 1, not to 100.

    Found out when some COMPLETED job stands at exactly 1 and none above; once found out
    (`assume_fraction`) it holds until a value exceeds 1. Source: docs/api.md, `progress`.
    """
    if scale != "auto":
        return scale == "fraction"
    if marks & ABOVE_ONE:
        return False
    return assume_fraction or bool(marks & DONE_AT_ONE)
