"""Forecasts in words, by anybody's clock; and why there is none."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from batchbell.core.forecast.finish import is_beyond
from batchbell.core.outlook import HORIZON, Forecast, NoForecast, Obstacle
from batchbell.messages.plain_text import duration, short_local_times

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

_OBSTACLES = {
    Obstacle.NOT_IN_PROGRESS: "it is not in progress",
    Obstacle.NO_PROGRESS_YET: "no progress yet",
    Obstacle.TOO_FEW_SAMPLES: "too few samples",
    Obstacle.ALL_DONE: "all is done but its end",
    Obstacle.STANDS_STILL: "no progress",
    Obstacle.NOT_LOOKED_AT: "not looked at",
}
#: What two decimals can show, percent an hour; and what stands for less.
_SLOWEST = 0.01
_SLOWER = f"under {_SLOWEST} %/h"
_PACE = re.compile(r"(\d+(?:\.\d+)?) %/h")


def describe(outlook: Forecast | NoForecast, now: datetime) -> str:
    """Return "about 14:05 UTC (13:40-15:10), 12 %/h", or why nothing can be said."""
    if isinstance(outlook, NoForecast):
        return f"can't tell yet: {why_not(outlook)}"
    pace = pace_words(outlook.rate)
    if is_beyond(outlook, now):
        return f"not within {HORIZON.days} days at {pace}"
    return outlook_words(
        outlook.finish, outlook.earliest, outlook.latest, now=now, pace=pace, zone=UTC
    )


def why_not(outlook: NoForecast) -> str:
    """Return what stands against a forecast: "too few samples", "no progress for 2h 10m"."""
    words = _OBSTACLES[outlook.obstacle]
    return words if outlook.lasting is None else f"{words} for {duration(outlook.lasting)}"


def outlook_words(
    finish: datetime,
    earliest: datetime,
    latest: datetime,
    *,
    now: datetime,
    pace: str,
    zone: tzinfo,
) -> str:
    """Return `about 14:05 UTC (13:40-15:10), 12 %/h`; with days if they are not all today."""
    _, first, last, at = short_local_times(now, earliest, latest, finish, zone=zone)
    dash = "-" if len(last) == len("00:00") else " to "
    about = f"about {at} ({first}{dash}{last})"
    return f"{about}, {pace}" if pace else about


def margin_words(
    finish: datetime, deadline: datetime | None, *, now: datetime, zone: tzinfo
) -> str:
    """Return `forecast 1h 2m late (05:14 CET)`: how far off the deadline, if there is one.

    In whole minutes: a forecast knows no seconds.
    """
    _, at = short_local_times(now, finish, zone=zone)
    if deadline is None:
        return f"forecast {at}"
    minutes = round((finish - deadline) / timedelta(minutes=1))
    if not minutes:
        return f"forecast at its deadline ({at})"
    side = "late" if minutes > 0 else "early"
    return f"forecast {duration(timedelta(minutes=minutes))} {side} ({at})"


def pace_words(rate: float) -> str:
    """Return "12 %/h", "3.4 %/h" or "0.05 %/h" for a fraction an hour."""
    percent = rate * 100
    if percent < _SLOWEST:
        return _SLOWER
    decimals = 0 if percent >= 10 else 1 if percent >= 1 else 2  # noqa: PLR2004 - two digits
    return f"{percent:.{decimals}f} %/h"


def read_pace(words: str) -> float | None:
    """Return a rate that `pace_words` puts into just these words; None if there is none."""
    if words == _SLOWER:
        return 0.0
    found = _PACE.fullmatch(words)
    if found is None:
        return None
    rate = float(found[1]) / 100
    # "10.0 %/h" was a little less than ten.
    return next((near for near in (rate, rate * (1 - 1e-9)) if pace_words(near) == words), None)
