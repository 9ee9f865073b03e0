"""Durations as people write them: "90s", "15m", "6h", "2d", "1h30m"."""

from __future__ import annotations

import re
from datetime import timedelta

#: Largest unit first; seven digits a unit keep the sum inside what a timedelta can hold.
_DURATION = re.compile(r"(?:([0-9]{1,7})d)?(?:([0-9]{1,7})h)?(?:([0-9]{1,7})m)?(?:([0-9]{1,7})s)?")
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def parse_duration(text: str) -> timedelta:
    """Return the duration that `text` writes.

    Whole numbers of d, h, m and s, the largest unit first. Raises ValueError, without
    repeating the text.
    """
    match = _DURATION.fullmatch(text)
    if not text or match is None:
        raise ValueError(
            'not a duration: write a whole number and a unit, "90s", "15m", "6h" or "2d"'
        )
    days, hours, minutes, seconds = (int(number or 0) for number in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def format_duration(duration: timedelta) -> str:
    """Return the shortest text that `parse_duration` reads back, whole seconds."""
    left = int(duration.total_seconds())
    text = ""
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        text += f"{count}{unit}" if count else ""
    return text or "0s"
