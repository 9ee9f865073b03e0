"""Lines of a calendar, as RFC 5545 has them; icalendar's own take ten times as long to write."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

#: A line of so many octets is folded: icalendar counts its end with it.
_LONG = 75


def folded(line: str) -> str:
    """Return a line with its end, folded if it is long (section 3.1)."""
    if len(line.encode()) < _LONG:
        return f"{line}\r\n"
    return "\r\n ".join(_pieces(line)) + "\r\n"


def escaped(text: str) -> str:
    r"""Return a text as a value (section 3.3.11); `\N` in it is a line break already."""
    broken = text.replace("\\N", "\n").replace("\\", "\\\\")
    return broken.replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def moment(at: datetime) -> str:
    """Return an aware time (section 3.3.5)."""
    utc = at.astimezone(UTC)
    # strftime takes three times as long, and a calendar has a thousand of them.
    day = f"{utc.year:04}{utc.month:02}{utc.day:02}"
    return f"{day}T{utc.hour:02}{utc.minute:02}{utc.second:02}Z"


def _pieces(line: str) -> Iterator[str]:
    """Cut a line between two characters, and not behind a sign that escapes the next one."""
    while line:
        end = min(len(line), _LONG - 1)
        while len(line[:end].encode()) >= _LONG:
            end -= 1
        if 1 < end < len(line) and line[end - 1] in "\\^":
            end -= 1
        yield line[:end]
        line = line[end:]
