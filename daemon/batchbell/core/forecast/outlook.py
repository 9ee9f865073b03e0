"""When a job of the snapshot will be done: the forecast, fed from its record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.facts import OutlookFacts
from batchbell.core.forecast.finish import forecast_by
from batchbell.core.forecast.trend import trend_of
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
    return outlook_by(record, trend_of(samples, started_at=started_at(record), now=now), now)


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
    """Return the same of a job of the snapshot: without a forecast it has its pace so far."""
    known = OutlookFacts() if outlook is None else outlook_facts(outlook, now)
    return known if known.finish is not None else replace(known, rate=pace_so_far(record, now))


def pace_so_far(record: JobRecord, now: datetime) -> float | None:
    """Return the fraction of a job an hour that it made on average since it is in progress.

    None where that says nothing of the time left until its deadline: what it did in less time
    than that, or was not looked at for long.
    """
    job, age = record.job, now - started_at(record)
    if job.progress is None or job.job_deadline is None or not is_forecast(job):
        return None
    left, unseen = job.job_deadline - now, now - record.last_seen_at
    says_something = unseen <= LONGEST_UNSEEN and left > _NO_TIME and age >= left
    return job.progress / (age / _HOUR) if says_something else None


def needed_rate(job: BatchJob, now: datetime) -> float | None:
    """Return the fraction of a job an hour that gets it done by its deadline; None if none does."""
    if job.progress is None or job.job_deadline is None or job.job_deadline <= now:
        return None
    left = 1 - job.progress
    return left / ((job.job_deadline - now) / _HOUR) if left > 0 else None


def started_at(record: JobRecord) -> datetime:
    """Return since when a job is in progress: one that was when we first saw it, maybe always.

    Some minutes of validation count as progress then, of the hours that most jobs take.
    """
    created = record.job.created_at
    if created is not None and record.status_since <= record.first_seen_at:
        return min(created, record.status_since)
    return record.status_since
