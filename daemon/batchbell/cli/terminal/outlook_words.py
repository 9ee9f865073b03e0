"""The forecast of a job in the words of a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.phrases import ahead
from batchbell.core.forecast.finish import is_beyond
from batchbell.core.outlook import HORIZON, Forecast, NoForecast
from batchbell.messages.late_words import MAY_BE_LATE
from batchbell.messages.plain_text import roughly

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.forecast.expectation import Prospect

#: What is remarked of a job at risk where nothing says by how much.
AT_RISK = "forecast past its deadline"


def risk_words(
    found: Prospect, outlook: Forecast | NoForecast | None, now: datetime, *, late: str
) -> str:
    """Say `about 9h late`, or that a job is at risk if nobody knows how late it will be.

    `late` is the word for it; '' for none.
    """
    if found.late_by is None or not isinstance(outlook, Forecast) or is_beyond(outlook, now):
        return AT_RISK
    about = f"about {roughly(found.late_by)} late"
    return f"may be {about}" if late == MAY_BE_LATE else about


def short_outlook(outlook: Forecast | NoForecast | None, now: datetime) -> str:
    """Return "in 2h 5m" or "in over 30d"; '' if nothing can be said."""
    if not isinstance(outlook, Forecast):
        return ""
    if is_beyond(outlook, now):
        return f"in over {HORIZON.days}d"
    return ahead(outlook.finish, now)
