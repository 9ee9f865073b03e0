"""A job's forecast as words of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.forecast.finish import is_beyond
from batchbell.core.outlook import Forecast, NoForecast
from batchbell.messages.forecast_words import describe_job, has_end
from batchbell.messages.plain_text import short_times

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.snapshot import JobRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastLine:
    """What is shown of a forecast: its finish and range, or words in their place."""

    #: When it will be done; None if no such time can be named.
    finish: datetime | None = None
    #: "13:40 to 15:10 UTC", in two parts with their days if they aren't all today, of a range of
    #: days "not before 13:40 UTC"; none without a finish. A line may end between parts.
    span: tuple[str, ...] = ()
    #: What can be said without a finish; '' if there is one.
    instead: str = ""


def forecast_line(
    outlook: Forecast | NoForecast, now: datetime, record: JobRecord
) -> ForecastLine | None:
    """Return what the page shows of a job's outlook; None if there is nothing to say of it."""
    if isinstance(outlook, NoForecast) or is_beyond(outlook, now):
        instead = describe_job(record, outlook, now)
        return ForecastLine(instead=instead) if instead else None
    if not has_end(outlook.earliest, outlook.latest):
        _, earliest = short_times(now, outlook.earliest)
        return ForecastLine(finish=outlook.finish, span=(f"not before {earliest} UTC",))
    _, _, earliest, latest = short_times(now, outlook.finish, outlook.earliest, outlook.latest)
    with_days = len(earliest) > len("13:40")
    span = (
        (f"{earliest} UTC to", f"{latest} UTC") if with_days else (f"{earliest} to {latest} UTC",)
    )
    return ForecastLine(finish=outlook.finish, span=span)
