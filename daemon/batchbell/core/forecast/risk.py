"""`risk`: whether a job will miss its deadline, going by its forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.outlook import Forecast, NoForecast

if TYPE_CHECKING:
    from datetime import datetime

#: At risk: a finish so far from the expected one towards the earliest is too late.
RISK_SHARE = 0.5
#: Safe again: a finish so far from the expected one towards the latest is in time.
SAFE_SHARE = 1 / 3
#: Nobody is warned of a deadline further off than so many times the history's length.
FURTHEST_WARNING = 2.0


def risk(outlook: Forecast | NoForecast, deadline: datetime, *, was_at_risk: bool) -> bool:
    """Whether a job is at risk to miss its deadline.

    A job becomes at risk when even the middle between the earliest and the expected finish is
    too late, unless the deadline is so far that the forecast may well change. It is safe again
    when a finish somewhat later than expected still is in time. In between, and without a
    forecast, it stays what it was: so it does not flap.
    """
    if isinstance(outlook, NoForecast):
        return was_at_risk
    if was_at_risk:
        return outlook.finish + SAFE_SHARE * (outlook.latest - outlook.finish) > deadline
    if deadline - outlook.made_at > FURTHEST_WARNING * outlook.known_for:
        return False
    return outlook.finish - RISK_SHARE * (outlook.finish - outlook.earliest) > deadline
