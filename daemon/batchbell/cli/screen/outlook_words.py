"""The forecast of a job in the words of a terminal and in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batchbell.cli.screen.phrases import ahead
from batchbell.core.forecasting.forecast import HORIZON, Forecast, NoForecast, describe
from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.snapshot import JobRecord

#: What is remarked of a job at risk, the same as on the page.
AT_RISK = "at risk: forecast past its deadline"


def is_at_risk(record: JobRecord, now: datetime) -> bool:
    """Whether a job may still meet its deadline, but by its forecast won't."""
    deadline = record.job.job_deadline
    return record.running and record.at_risk and deadline is not None and deadline > now


def short_outlook(outlook: Forecast | NoForecast | None, now: datetime) -> str:
    """Return "in 2h 5m" or "over 30d"; '' if nothing can be said."""
    if not isinstance(outlook, Forecast):
        return ""
    if _is_beyond(outlook, now):
        return f"over {HORIZON.days}d"
    return ahead(outlook.finish, now)


def outlook_json(
    record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime
) -> dict[str, Any]:
    """Return the forecast of a job; null without a finish that can be named, and the note why.

    `outlook` is None for a job that does not run: it has no note either.
    """
    times = note = None
    if isinstance(outlook, Forecast) and not _is_beyond(outlook, now):
        times = _times(outlook)
    elif outlook is not None:
        note = describe(outlook, now)
    return {"forecast": times, "forecast_note": note, "at_risk": is_at_risk(record, now)}


def _is_beyond(outlook: Forecast, now: datetime) -> bool:
    """Whether the finish is no moment, only the end of what is forecast."""
    return outlook.finish - now >= HORIZON


def _times(outlook: Forecast) -> dict[str, Any]:
    return {
        "finish": rfc3339(outlook.finish),
        "earliest": rfc3339(outlook.earliest),
        "latest": rfc3339(outlook.latest),
        "rate_per_hour": outlook.rate,
    }
