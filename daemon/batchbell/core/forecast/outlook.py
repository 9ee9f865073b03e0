"""When a job of the snapshot will be done: the forecast, fed from its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.forecast.forecast import (
    HORIZON,
    Forecast,
    NoForecast,
    describe,
    forecast,
    pace_words,
)
from batchbell.core.provider import JobState
from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.core.event import Fact
    from batchbell.core.snapshot import JobRecord


def outlook_of(
    record: JobRecord, samples: Iterable[tuple[datetime, float]], now: datetime
) -> Forecast | NoForecast:
    """Return the forecast of a job; `samples` are its progress over time, as (time, fraction)."""
    if record.job.state is not JobState.IN_PROGRESS:
        return NoForecast(reason="it is not in progress")
    return forecast(
        samples, started_at=_started_at(record), seen_until=record.last_seen_at, now=now
    )


def outlook_facts(outlook: Forecast | NoForecast, now: datetime) -> dict[str, Fact]:
    """Return what a message says of a forecast."""
    facts: dict[str, Fact] = {"outlook": describe(outlook, now)}
    if isinstance(outlook, Forecast):
        facts["forecast"] = rfc3339(outlook.finish)
        if outlook.finish - now < HORIZON:
            facts["earliest"] = rfc3339(outlook.earliest)
            facts["latest"] = rfc3339(outlook.latest)
            facts["pace"] = pace_words(outlook.rate)
    return facts


def _started_at(record: JobRecord) -> datetime:
    """Return since when it has been in progress: one that was when we first saw it, maybe always.

    Some minutes of validation count as progress then, of the hours that most jobs take.
    """
    created = record.job.created_at
    if created is not None and record.status_since <= record.first_seen_at:
        return min(created, record.status_since)
    return record.status_since
