"""The forecast of a job in the words of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.phrases import ahead
from batchbell.core.forecast.finish import is_beyond
from batchbell.core.outlook import HORIZON, Forecast, NoForecast

if TYPE_CHECKING:
    from datetime import datetime

#: What is remarked of a job at risk, the same as on the page.
AT_RISK = "at risk: forecast past its deadline"


def short_outlook(outlook: Forecast | NoForecast | None, now: datetime) -> str:
    """Return "in 2h 5m" or "over 30d"; '' if nothing can be said."""
    if not isinstance(outlook, Forecast):
        return ""
    if is_beyond(outlook, now):
        return f"over {HORIZON.days}d"
    return ahead(outlook.finish, now)
