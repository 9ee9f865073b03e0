"""Forecasts, and what stands still together, in words by anybody's clock."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from batchbell.core.plain_text import duration, short_local_times

if TYPE_CHECKING:
    from datetime import datetime, tzinfo


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


def cohort_words(
    count: int, where: str, since: datetime, *, provider: str, now: datetime, zone: tzinfo = UTC
) -> str:
    """Return `all 3 jobs on M flat since 14:05 UTC: likely on PROVIDER's side`."""
    _, latest = short_local_times(now, since, zone=zone)
    jobs = "both jobs" if count == len(("one", "the other")) else f"all {count} jobs"
    return f"{jobs} {where} flat since {latest}: likely on {provider}'s side"
