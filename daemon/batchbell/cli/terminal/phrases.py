"""Times in the words of a terminal: "3m ago", "in 2h 5m"."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
#: Below this many hours the minutes are worth telling; below this many days the hours are.
_FINE_HOURS = 10
_FINE_DAYS = 3
#: Less than this is now, seconds.
_NOW_SECONDS = 1.0


def span(length: timedelta) -> str:
    """Return a length, rounded down: "45s", "3m", "2h 5m", "23h", "1d 4h", "12d".

    Units are written as in messages; an age needs fewer of them to be read at a glance.
    """
    seconds = max(int(length.total_seconds()), 0)
    if seconds < _MINUTE:
        return f"{seconds}s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE}m"
    if seconds < _DAY:
        hours, rest = divmod(seconds, _HOUR)
        return _joined(hours, "h", rest // _MINUTE, "m", fine=hours < _FINE_HOURS)
    days, rest = divmod(seconds, _DAY)
    return _joined(days, "d", rest // _HOUR, "h", fine=days < _FINE_DAYS)


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago something was; "just now" also for what a clock puts ahead of now."""
    past = now - moment
    return "just now" if past.total_seconds() < _NOW_SECONDS else f"{span(past)} ago"


def ahead(moment: datetime, now: datetime) -> str:
    """Return how far ahead something is; "now" once it is due."""
    left = moment - now
    return "now" if left.total_seconds() < _NOW_SECONDS else f"in {span(left)}"


def _joined(count: int, unit: str, rest: int, smaller: str, *, fine: bool) -> str:
    return f"{count}{unit} {rest}{smaller}" if fine and rest else f"{count}{unit}"
