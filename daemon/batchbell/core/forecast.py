"""`forecast`: when a job will be done, going by its progress so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from batchbell.core.plain_text import duration, short_times
from batchbell.core.progress_curve import ProgressCurve, progress_curve

if TYPE_CHECKING:
    from collections.abc import Iterable

#: No forecast reaches further; a job that slow has no finish worth naming.
HORIZON = timedelta(days=30)
#: Below this many moves of the progress there is no forecast.
FEWEST_MOVES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When a job will be done; `now` <= earliest <= finish <= latest <= `now` + `HORIZON`."""

    #: As likely before as after.
    finish: datetime
    #: One finish in ten is before.
    earliest: datetime
    #: One finish in ten is after.
    latest: datetime
    #: The pace it goes by, fraction of the job an hour.
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NoForecast:
    """Why nothing can be said."""

    #: For the user: "too few samples".
    reason: str


def forecast(
    samples: Iterable[tuple[datetime, float]],
    *,
    started_at: datetime,
    seen_until: datetime,
    now: datetime,
) -> Forecast | NoForecast:
    """Forecast a job's finish from its `samples` of (time, fraction), recorded when it changed.

    `started_at` is since when the job has been in progress, as well as we know. `seen_until`
    is the last moment at which it was really looked at: what follows, up to `now`, is neither
    progress nor standstill. Times are aware. Never raises, in whatever order the samples come.
    """
    curve = progress_curve(samples, started_at=started_at, seen_until=seen_until, now=now)
    if curve is None:
        return NoForecast(reason="no progress yet")
    reason = _reason_against(curve)
    if reason is not None:
        return NoForecast(reason=reason)
    rate = max((curve.done - curve.points[0][1]) / curve.moving_hours, 1e-9)
    left = (1 - curve.done) / rate + curve.seen
    return Forecast(
        finish=_later(now, left),
        earliest=_later(now, left * 0.7),
        latest=_later(now, left * 1.5),
        rate=rate,
    )


def risk(outlook: Forecast | NoForecast, deadline: datetime, *, was_at_risk: bool = False) -> bool:
    """Whether a job is at risk to miss its deadline; without a forecast that stays as it was.

    Between clearly at risk and clearly safe it stays as it was too, so that it does not flap.
    """
    if isinstance(outlook, NoForecast):
        return was_at_risk
    if was_at_risk:
        return outlook.finish + (outlook.latest - outlook.finish) / 3 > deadline
    return outlook.finish - (outlook.finish - outlook.earliest) / 3 > deadline


def describe(outlook: Forecast | NoForecast, now: datetime) -> str:
    """Return "about 14:05 UTC (13:40-15:10), 12 %/h", or why nothing can be said."""
    if isinstance(outlook, NoForecast):
        return f"can't tell yet: {outlook.reason}"
    if outlook.finish >= _later(now, _HORIZON_HOURS):
        return f"not within {HORIZON.days} days at {_pace(outlook.rate)}"
    _, finish, earliest, latest = short_times(now, outlook.finish, outlook.earliest, outlook.latest)
    dash = "-" if len(latest) == len("00:00") else " to "
    return f"about {finish} UTC ({earliest}{dash}{latest}), {_pace(outlook.rate)}"


_HORIZON_HOURS = HORIZON / timedelta(hours=1)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def _later(now: datetime, hours: float) -> datetime:
    """Return the moment `hours` after now, within the horizon and the calendar."""
    ahead = timedelta(hours=min(max(hours, 0.0), _HORIZON_HOURS))
    return now + min(ahead, max(_END_OF_TIME - now, timedelta()))


def _reason_against(curve: ProgressCurve) -> str | None:
    if curve.done >= 1:
        return "all is done but its end"
    if curve.moves < FEWEST_MOVES:
        return "too few samples"
    if curve.flat_hours > max(curve.moving_hours, 1.0):
        return f"no progress for {duration(timedelta(hours=curve.flat_hours))}"
    return None


def _pace(rate: float) -> str:
    """Return "12 %/h", "3.4 %/h" or "0.05 %/h"."""
    percent = rate * 100
    decimals = 0 if percent >= 10 else 1 if percent >= 1 else 2  # noqa: PLR2004 - two digits
    return f"{percent:.{decimals}f} %/h"
