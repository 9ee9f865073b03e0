"""A job of the snapshot as JSON: the API's fields, what batchbell noted, its forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.forecast.finish import is_beyond
from batchbell.core.outlook import Forecast, NoForecast
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import Reason
from batchbell.json_views.results import results_in_brief_json
from batchbell.json_views.writing import time_text
from batchbell.messages.forecast_words import describe

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.results.job_results import JobResults
    from batchbell.core.standing.verdict import Standing
    from batchbell.json_views.shapes import BatchJobJson, ForecastJson, JobJson, OutlookJson
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import SeenJobs


def jobs_json(seen: SeenJobs) -> list[JobJson]:
    """Return jobs in the order in which they come."""
    return [
        job_json(
            item,
            seen.now,
            input_file=seen.input_file(item),
            outlook=seen.outlook(item),
            muted_until=seen.muted_until(item),
            acknowledged_at=seen.acks.get(item.key),
            results=seen.results.get(item.key),
        )
        for item in seen.jobs
    ]


def job_json(
    item: AccountJob,
    now: datetime,
    *,
    input_file: str,
    outlook: Forecast | NoForecast | None,
    muted_until: datetime | None,
    acknowledged_at: datetime | None,
    results: JobResults | None,
) -> JobJson:
    """Return a job: its account, the API's fields, what batchbell noted and people said.

    `outlook` is None for a job that does not run, `muted_until` and `acknowledged_at` are None if
    nobody said so, `input_file` is '' while its name is not known, `results` is None if nobody
    counts them.
    """
    record = item.record
    standing = job_standing(record, now, results=results)
    return {
        "account": item.account,
        **batch_job_json(record.job),
        "severity": standing.severity.name.lower(),
        "first_seen_at": time_text(record.first_seen_at),
        "last_seen_at": time_text(record.last_seen_at),
        "status_since": time_text(record.status_since),
        "progress_since": time_text(record.progress_since),
        "missed_polls": record.missed_polls,
        "missing_since": time_text(record.missing_since),
        "input_file": input_file or None,
        **_outlook(standing, outlook, now),
        "muted_until": time_text(muted_until),
        "acknowledged_at": time_text(acknowledged_at),
        "results": None if results is None else results_in_brief_json(results),
    }


def batch_job_json(job: BatchJob) -> BatchJobJson:
    """Return the API's fields of a job, all of them, null where it said nothing."""
    return {
        "id": job.id,
        "status": job.status,
        "progress": job.progress,
        "user_id": job.user_id,
        "input_file_id": job.input_file_id,
        "file_size_bytes": job.file_size_bytes,
        "created_at": time_text(job.created_at),
        "completed_at": time_text(job.completed_at),
        "job_deadline": time_text(job.job_deadline),
        "endpoint": job.endpoint,
        "model_id": job.model_id,
        "output_file_id": job.output_file_id,
        "error_file_id": job.error_file_id,
        "error": job.error,
    }


def _outlook(
    standing: Standing, outlook: Forecast | NoForecast | None, now: datetime
) -> OutlookJson:
    """Return the forecast of a job; null without a finish that can be named, and the note why."""
    times = note = None
    if isinstance(outlook, Forecast) and not is_beyond(outlook, now):
        times = _times(outlook)
    elif outlook is not None:
        note = describe(outlook, now)
    at_risk = standing.has(Reason.AT_RISK)
    return {"forecast": times, "forecast_note": note, "at_risk": at_risk}


def _times(outlook: Forecast) -> ForecastJson:
    return {
        "finish": time_text(outlook.finish),
        "earliest": time_text(outlook.earliest),
        "latest": time_text(outlook.latest),
        "rate_per_hour": outlook.rate,
    }
