"""How a job does by its deadline, in words: what it has to spare, how sure it misses it and why."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from batchbell.core.forecast.expectation import Expectation, Prospect
from batchbell.core.forecast.prospect import ALL_IN_AN_HOUR
from batchbell.messages.named_days import time_or_day
from batchbell.messages.paces import Need, need_of
from batchbell.messages.plain_text import duration, local_time_near, percent, percent_left, roughly

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

#: What the words about a standstill begin with.
STILL = "no progress for "
#: The same of a job of which nothing is done.
_NOTHING_DONE = "nothing done in "
#: So many times its pace no job makes that stands still.
_FAR_ABOVE = 5.0
#: How sure it is that a deadline is missed.
_MISSES = {
    Expectation.MAY_MISS: "may miss",
    Expectation.PROBABLY_MISSES: "will probably miss",
    Expectation.MISSES: "will miss",
}
#: The same where nobody has to wait for a forecast.
_CANT = "can't make"


def misses_words(
    expected: Expectation, finish: datetime, deadline: datetime, *, now: datetime, zone: tzinfo
) -> str:
    """Return `will miss its 04:12 CET deadline by about 1h`, as sure as that is; '' if it is not.

    What is late by less than a minute is not.
    """
    if expected not in _MISSES or _minutes(finish - deadline) <= 0:
        return ""
    at = local_time_near(deadline, now, zone=zone)
    return f"{_MISSES[expected]} its {at} deadline by about {roughly(finish - deadline)}"


def cant_make_words(
    found: Prospect, deadline: datetime | None, *, now: datetime, zone: tzinfo = UTC
) -> str:
    """Return `will probably miss its 04:12 CET deadline: needs 43 %/h, no progress for 42m`.

    '' of a job that may make it. Of one that moves, but far too slowly, it ends with how much of it
    is done.
    """
    why = why_it_cant(found)
    if deadline is None or not why:
        return ""
    return f"{fails(found)} its {local_time_near(deadline, now, zone=zone)} deadline: {why}"


def fails(found: Prospect) -> str:
    """Return how sure it is that a job misses its deadline that stands still, or is too slow.

    One that only stands still might go on: no pace that it needs is said to be out of reach by
    that, unless it is far above its own, or all of it in an hour.
    """
    needed, times = found.needs_an_hour, found.needs_times
    is_far_off = found.still_for is not None and times is not None and times >= _FAR_ABOVE
    if found.expectation is Expectation.HOPELESS and not is_far_off:
        is_far_off = needed is None or needed >= ALL_IN_AN_HOUR
    is_lost = found.expectation is Expectation.TOO_SLOW or is_far_off
    return _CANT if is_lost else _MISSES[Expectation.PROBABLY_MISSES]


def unlikely_words(found: Prospect, deadline: datetime, *, now: datetime, zone: tzinfo) -> str:
    """Return `will probably miss its 04:12 CET deadline: needs 407 %/h, 0.6% done`.

    '' of a job of which a forecast says more, or of which that is not to be expected.
    """
    needed = need_of(found.done, found.left)
    if found.expectation is not Expectation.UNLIKELY or needed is None:
        return ""
    sure, at = fails(found), local_time_near(deadline, now, zone=zone)
    if found.still_for is not None:
        return f"{sure} its {at} deadline: {needed.text}, {still_words(found.still_for)}"
    return f"{sure} its {at} deadline: {_by_how_far(found, needed)}"


def why_it_cant(found: Prospect) -> str:
    """Return why a job can't make its deadline: `needs 243 %/h, no progress for 42m`; or ''.

    Of one of which nothing is done it is `nothing done in 12h`.
    """
    needed = need_of(found.done, found.left)
    if found.expectation is Expectation.HOPELESS and found.still_for is not None:
        if found.has_begun is False:
            return f"{_NOTHING_DONE}{duration(found.still_for)}"
        return ", ".join(filter(None, (needed and needed.text, still_words(found.still_for))))
    if found.expectation is Expectation.TOO_SLOW and needed is not None:
        return _by_how_far(found, needed)
    return ""


def _by_how_far(found: Prospect, needed: Need) -> str:
    """Return `needs 62 %/h, 11.4% done`, or `88.6% are left to do in 12m`, which says both."""
    is_said = not needed.is_pace or found.done is None
    return needed.text if is_said else f"{needed.text}, {percent(found.done or 0)} done"


def still_words(still_for: timedelta) -> str:
    """Return `no progress for 42m`."""
    return f"{STILL}{duration(still_for)}"


def rest_words(found: Prospect) -> str:
    """Return `69.1% left`, what `30.9%` leaves of all; '' if nobody knows, or all of it is."""
    if not found.done or found.left is None:
        return ""
    return f"{percent_left(found.done)} left"


def is_of_standstill(words: str) -> bool:
    """Whether words about a job say for how long nothing of it was done."""
    return STILL in words or _NOTHING_DONE in words


def margin_words(
    finish: datetime,
    deadline: datetime | None,
    *,
    now: datetime,
    zone: tzinfo,
    says_due: bool = True,
    is_readers: bool = True,
) -> str:
    """Return `done about 05:14 CET, 58m before its 06:12 CET deadline`, as far as it has one.

    Where its deadline is said besides it is `done about 05:14 CET, 58m to spare`. `is_readers` says
    whether the zone is that of its reader.
    """
    done = f"done about {time_or_day(finish, now, zone=zone, is_readers=is_readers)}"
    if deadline is None:
        return done
    late = late_by(finish, deadline)
    if not (late and says_due):
        return f"{done}, {spare_words(finish, deadline)}"
    side = "after" if late > timedelta() else "before"
    return (
        f"{done}, {duration(late)} {side} its {local_time_near(deadline, now, zone=zone)} deadline"
    )


def spare_words(finish: datetime, deadline: datetime) -> str:
    """Say how far off the deadline it is."""
    late = late_by(finish, deadline)
    if not late:
        return "just at its deadline"
    side = "late" if late > timedelta() else "to spare"
    return f"{duration(late)} {side}"


def late_by(finish: datetime, deadline: datetime) -> timedelta:
    """Return how late a forecast is, in whole minutes: it knows no seconds."""
    return timedelta(minutes=_minutes(finish - deadline))


def _minutes(length: timedelta) -> int:
    return round(length / timedelta(minutes=1))
