"""The forecast of a job in the words of a terminal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.cli.terminal.phrases import ahead, span
from batchbell.core.forecast.finish import is_beyond
from batchbell.core.outlook import HORIZON, Forecast, NoForecast
from batchbell.messages.forecast_words import late_by

if TYPE_CHECKING:
    from datetime import datetime

#: What is remarked of a job at risk where nothing says by how much.
AT_RISK = "at risk: forecast past its deadline"


def risk_words(
    outlook: Forecast | NoForecast | None, deadline: datetime | None, now: datetime, late: str = ""
) -> str:
    """Say that a job is at risk, and by how much it will miss its deadline, if that is known.

    `late` is a surer word for it; '' for none.
    """
    if not isinstance(outlook, Forecast) or deadline is None or is_beyond(outlook, now):
        return AT_RISK
    margin = late_by(outlook.finish, deadline)
    past = f"forecast {span(margin)} past its deadline"
    return f"{late or 'at risk'}: {past}" if margin > timedelta() else AT_RISK


def short_outlook(outlook: Forecast | NoForecast | None, now: datetime) -> str:
    """Return "in 2h 5m" or "in over 30d"; '' if nothing can be said."""
    if not isinstance(outlook, Forecast):
        return ""
    if is_beyond(outlook, now):
        return f"in over {HORIZON.days}d"
    return ahead(outlook.finish, now)
