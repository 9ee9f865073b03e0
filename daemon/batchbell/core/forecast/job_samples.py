"""`JobSamples`: a job's progress over time, with what it says of the rest worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.forecast.curve import Sample
from batchbell.core.forecast.trend import trend_of

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.forecast.trend import Trend


class JobSamples(tuple[Sample, ...]):  # noqa: SLOT001 - a tuple has no slots but empty ones
    """The samples of one job.

    Whoever keeps them from poll to poll while the job does not move need not work out the trend
    again: of a hundred samples that takes longer than all else that is decided of a job.
    """

    _known: tuple[datetime | None, Trend] | None = None

    def trend(self, *, started_at: datetime | None, now: datetime) -> Trend:
        """Return `trend_of` these samples."""
        if self._known is not None:
            known_start, trend = self._known
            if known_start == started_at and trend.holds(now):
                return trend
        trend = trend_of(self, started_at=started_at, now=now)
        self._known = started_at, trend
        return trend
