"""When a channel gets its messages, as people write it: time zones, quiet hours, rates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from batchbell.config.durations import format_duration, parse_duration
from batchbell.config.nearest import nearest
from batchbell.core.delivery.pacing import Rate
from batchbell.core.delivery.quiet_hours import parse_window

if TYPE_CHECKING:
    from datetime import timedelta

_RATE = re.compile(r"([0-9]{1,5})\s*/\s*([0-9a-z]+)")
_LONGEST_RATE = parse_duration("1d")
#: "30/h" is as good as "30/1h".
_UNITS = frozenset("smhd")


def check_time_zone(name: str) -> str:
    """Return the name of a time zone of the IANA database; raises ValueError."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        close = nearest(name, sorted(available_timezones()))
        raise ValueError(
            f'is no time zone: write a name such as "Europe/Berlin"; the nearest is {close}'
        ) from None
    return name


def check_quiet_hours(text: str) -> str:
    """Return the text of a window; raises ValueError."""
    parse_window(text)
    return text


def parse_rate(value: object) -> Rate:
    """Return the rate that "30/1h" writes; raises ValueError."""
    if isinstance(value, Rate):
        return value
    match = _RATE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be "off" or messages per time, such as "30/1h" or "1/10s"')
    count, per = int(match[1]), _span(match[2])
    if count == 0 or not 0 < per.total_seconds() <= _LONGEST_RATE.total_seconds():
        raise ValueError("must be at least 1 message in 1s to 1d")
    return Rate(messages=count, per=per)


def format_rate(rate: Rate) -> str:
    """Return what `parse_rate` reads back."""
    return f"{rate.messages}/{format_duration(rate.per)}"


def _span(text: str) -> timedelta:
    return parse_duration(f"1{text}" if text in _UNITS else text)
