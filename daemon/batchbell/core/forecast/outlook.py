"""When a job of the snapshot will be done: the forecast, fed from its record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.facts import OutlookFacts
from batchbell.core.forecast.beginning import begun_by, started_at
from batchbell.core.forecast.finish import forecast_by
from batchbell.core.forecast.job_samples import JobSamples
from batchbell.core.outlook import HORIZON, Forecast, NoForecast, Obstacle
from batchbell.core.provider import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from batchbell.core.forecast.trend import Trend
    from batchbell.core.job import BatchJob
    from batchbell.core.snapshot import JobRecord

#: The outlook of a job that is not forecast.
NOT_IN_PROGRESS = NoForecast(obstacle=Obstacle.NOT_IN_PROGRESS)

#: A job's progress is not known any more when it was not looked at for longer.
LONGEST_UNSEEN = timedelta(minutes=10)

_HOUR = timedelta(hours=1)
_NO_TIME = timedelta()


def outlook_of(
    record: JobRecord, samples: Iterable[tuple[datetime, float]], now: datetime
) -> Forecast | NoForecast:
    """Return the forecast of a job; `samples` are its progress over time, as (time, fraction)."""
    if not is_forecast(record.job):
        return NOT_IN_PROGRESS
    known = samples if isinstance(samples, JobSamples) else JobSamples(samples)
    return outlook_by(record, known.trend(started_at=started_at(record), now=now), now)


def is_forecast(job: BatchJob) -> bool:
    """Whether a job has progress to go by."""
    return job.state is JobState.IN_PROGRESS


def outlook_by(record: JobRecord, trend: Trend, now: datetime) -> Forecast | NoForecast:
    """Return the same of a job in progress, by the trend of its samples that holds `now`."""
    return forecast_by(trend, seen_until=record.last_seen_at, now=now)


def outlook_facts(outlook: Forecast | NoForecast, now: datetime) -> OutlookFacts:
    """Return what a message says of a forecast."""
    if isinstance(outlook, NoForecast):
        return OutlookFacts(made=outlook)
    if outlook.finish - now >= HORIZON:
        return OutlookFacts(made=outlook, finish=outlook.finish)
    return OutlookFacts(
        made=outlook,
        finish=outlook.finish,
        earliest=outlook.earliest,
        latest=outlook.latest,
        rate=outlook.rate,
    )


def known_outlook(
    record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime
) -> OutlookFacts:
    """Return the same of a job of the snapshot: without a forecast it has its pace so far.

    Of one that was told to stand still no forecast counts: those go by how it moved before.
    """
    if record.stalled_since is not None and isinstance(outlook, Forecast):
        lasting = now - record.stalled_since
        outlook = NoForecast(obstacle=Obstacle.STANDS_STILL, lasting=lasting)
    known = OutlookFacts() if outlook is None else outlook_facts(outlook, now)
    return known if known.finish is not None else replace(known, rate=pace_so_far(record, now))


def pace_so_far(record: JobRecord, now: datetime) -> float | None:
    """Return the fraction of a job an hour that it made on average since it is in progress.

    Of a job that was in progress when first seen that is since its creation: it may have waited
    for a while, so its pace was at least that. None where it says nothing of the time left until
    its deadline: what it did in less time than that, or was not looked at for long.
    """
    job, begun = record.job, begun_by(record)
    if begun is None or job.progress is None or job.job_deadline is None or not is_forecast(job):
        return None
    age, left, unseen = now - begun, job.job_deadline - now, now - record.last_seen_at
    says_something = unseen <= LONGEST_UNSEEN and left > _NO_TIME and age >= left
    return job.progress / (age / _HOUR) if says_something else None


def needed_rate(job: BatchJob, now: datetime) -> float | None:
    """Return the fraction of a job an hour that gets it done by its deadline; None if none does."""
    if job.progress is None or job.job_deadline is None or job.job_deadline <= now:
        return None
    left = 1 - job.progress
    return left / ((job.job_deadline - now) / _HOUR) if left > 0 else None
