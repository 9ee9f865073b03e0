"""Times with their days in words: what a message says of the days around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.messages.plain_text import (
    NEAR,
    in_zone,
    local_time,
    local_time_near,
    local_times_near,
    with_zone,
)

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

#: A day of the week is clear up to the day before it comes again, days.
_WEEK = 7


def is_clear_by_clock(moment: datetime, now: datetime, zone: tzinfo) -> bool:
    """Whether a time of the clock alone is read right: it is of today, or the nearest such one."""
    is_today = in_zone(moment, zone).date() == in_zone(now, zone).date()
    return is_today or abs(moment - now) <= NEAR / 2


def time_or_day(moment: datetime, now: datetime, *, zone: tzinfo, is_readers: bool = True) -> str:
    """Return `03:14 CET` where that is clear, else with its date.

    If the zone is not that of its reader, nobody knows what is today.
    """
    is_near = abs(moment - now) <= NEAR / 2
    if is_near or (is_readers and is_clear_by_clock(moment, now, zone)):
        return local_time_near(moment, now, zone=zone)
    return local_time(moment, zone)


def times_by_day(
    now: datetime, *moments: datetime, zone: tzinfo, shares_day: bool = True
) -> tuple[str, ...]:
    """Return moments by the zone's clock, with their days unless all of them are today.

    If all are of one day only the last one has it, unless it does not share it: `02:54`, `22:58`,
    `Tue 10:57 CET`. What is told before midnight is read after it: "tomorrow" would not be clear.
    """
    local, today = [in_zone(moment, zone) for moment in moments], in_zone(now, zone).date()
    if all(moment.date() == today for moment in local):
        return local_times_near(now, *moments, zone=zone)
    days = [_day(moment.date(), today) for moment in local]
    if shares_day and len(set(days)) == 1:
        days[:-1] = [""] * (len(days) - 1)
    named = (f"{day} {moment:%H:%M}".strip() for day, moment in zip(days, local, strict=True))
    return with_zone(local, tuple(named))


def _day(day: date, today: date) -> str:
    """Return `Wed` of one within a week, else its date."""
    return f"{day:%a}" if 0 <= (day - today).days < _WEEK else f"{day:%Y-%m-%d}"
