"""Sizes as people write them: "500KB", "100MB", "1GB"; units are powers of 1000."""

from __future__ import annotations

import re

_SIZE = re.compile(r"([0-9]{1,7})\s*(KB|MB|GB)", re.IGNORECASE)
#: Largest unit first.
_UNITS = {"GB": 1_000_000_000, "MB": 1_000_000, "KB": 1_000}


def parse_size(text: str) -> int:
    """Return the bytes that `text` writes: a whole number and a unit, in any case.

    Raises ValueError, without repeating the text.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError('not a size: write a whole number and a unit, "500KB", "100MB" or "1GB"')
    return int(match[1]) * _UNITS[match[2].upper()]


def format_size(size: int) -> str:
    """Return the shortest text that `parse_size` reads back, whole KB."""
    unit = next((unit for unit, each in _UNITS.items() if size % each == 0), "KB")
    return f"{size // _UNITS[unit]}{unit}"
