"""Times as whoever reads the terminal has them on his clock, always with his zone's name."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from batchbell.messages.plain_text import (
    in_zone,
    local_time,
    local_time_near,
    short_local_times,
    zone_name,
)
from batchbell.messages.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_ZONE: ContextVar[tzinfo] = ContextVar("zone", default=UTC)


@contextmanager
def times_in(zone: tzinfo) -> Iterator[None]:
    """Show times in a zone for the length of a `with` block, also in what runs in its threads."""
    token = _ZONE.set(zone)
    try:
        yield
    finally:
        _ZONE.reset(token)


def readers_zone() -> tzinfo:
    """Return the zone whose clock the reader has."""
    return _ZONE.get()


def readers_view() -> View:
    """Return how the reader sees times in what messages say too."""
    return View(zone=readers_zone())


def local(moment: datetime) -> datetime:
    """Return a moment by the reader's clock."""
    return in_zone(moment, readers_zone())


def shown_time(moment: datetime) -> str:
    """Return `2026-11-23 03:14 CET`."""
    return local_time(moment, readers_zone())


def to_the_second(moment: datetime) -> str:
    """Return `2026-11-23 03:14:05 CET`."""
    return f"{local(moment):%Y-%m-%d} {clock_to_the_second(moment)}"


def clock_to_the_second(moment: datetime) -> str:
    """Return `03:14:05 CET`."""
    return f"{local(moment):%H:%M:%S} {zone_name(local(moment))}"


def at(moment: datetime, now: datetime) -> str:
    """Return `03:14 CET`, with its day if that is not today."""
    return times(now, moment)[1]


def near(moment: datetime, *others: datetime) -> str:
    """Return `03:14 CET` of a moment beside which one of its day, or how long ago it was, stands.

    The last of the `others` is now: less than a day off needs no day either.
    """
    *_, now = others
    is_of_day = any(local(each).date() == local(moment).date() for each in others)
    return times(moment)[0] if is_of_day else local_time_near(moment, now, zone=readers_zone())


def times(*moments: datetime) -> tuple[str, ...]:
    """Return `03:14` for each, with the day if they are of several; the last has the zone."""
    return short_local_times(*moments, zone=readers_zone())
