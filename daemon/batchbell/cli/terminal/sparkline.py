"""A job's progress over time in one line of signs."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from batchbell.cli.terminal.signs import speaks_unicode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

#: Signs of the line: with its label, and around it times with their days and numbers, 80 columns.
WIDTH = 16
_HEIGHTS = "▁▂▃▄▅▆▇█"
#: The same where the terminal's encoding lacks those: tenths.
_TENTHS = "0123456789"


def sparkline(samples: Sequence[tuple[datetime, float]], until: datetime) -> str:
    """Return the progress from the first sample to `until`, a sign for each equal part of it.

    `samples` are times with fractions, oldest first. Each sign is the last progress known at the
    end of its part; '' where there is no time to draw.
    """
    if not samples or until <= samples[0][0]:
        return ""
    start = samples[0][0]
    step = (until - start) / WIDTH
    times = [at for at, _ in samples]
    heights = _HEIGHTS if speaks_unicode() else _TENTHS

    def height(part: int) -> str:
        known = bisect_right(times, start + step * (part + 1))
        fraction = min(max(samples[known - 1][1], 0.0), 1.0)
        return heights[min(int(fraction * len(heights)), len(heights) - 1)]

    return "".join(map(height, range(WIDTH)))
