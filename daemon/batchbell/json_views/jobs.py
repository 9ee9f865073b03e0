"""A job of the snapshot as JSON: the API's fields, what batchbell noted, its forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batchbell.core.attention import is_at_risk
from batchbell.core.forecast.forecast import Forecast, NoForecast, describe, is_beyond
from batchbell.core.job import API_FIELDS, BatchJob
from batchbell.json_views.writing import plain

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.snapshot import JobRecord
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import SeenJobs


def jobs_json(seen: SeenJobs) -> list[dict[str, Any]]:
    """Return jobs in the order in which they come."""
    return [
        job_json(
            item,
            seen.now,
            input_file=seen.input_file(item),
            outlook=seen.outlook(item),
            muted_until=seen.muted_until(item),
            acknowledged_at=seen.acks.get(item.key),
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
) -> dict[str, Any]:
    """Return a job: its account, the API's fields, what batchbell noted and people said.

    `outlook` is None for a job that does not run, `muted_until` and `acknowledged_at` are None if
    nobody said so, `input_file` is '' while its name is not known.
    """
    record = item.record
    return {
        "account": item.account,
        **batch_job_json(record.job),
        "first_seen_at": plain(record.first_seen_at),
        "last_seen_at": plain(record.last_seen_at),
        "status_since": plain(record.status_since),
        "progress_since": plain(record.progress_since),
        "missed_polls": record.missed_polls,
        "missing_since": plain(record.missing_since),
        "input_file": input_file or None,
        **_outlook(record, outlook, now),
        "muted_until": plain(muted_until),
        "acknowledged_at": plain(acknowledged_at),
    }


def batch_job_json(job: BatchJob) -> dict[str, Any]:
    """Return the API's fields of a job, all of them, null where it said nothing."""
    return {name: plain(getattr(job, name)) for name in API_FIELDS}


def _outlook(
    record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime
) -> dict[str, Any]:
    """Return the forecast of a job; null without a finish that can be named, and the note why."""
    times = note = None
    if isinstance(outlook, Forecast) and not is_beyond(outlook, now):
        times = _times(outlook)
    elif outlook is not None:
        note = describe(outlook, now)
    return {"forecast": times, "forecast_note": note, "at_risk": is_at_risk(record, now)}


def _times(outlook: Forecast) -> dict[str, Any]:
    return {
        "finish": plain(outlook.finish),
        "earliest": plain(outlook.earliest),
        "latest": plain(outlook.latest),
        "rate_per_hour": outlook.rate,
    }
