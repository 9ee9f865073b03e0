"""Gaps in polling in words, for those who look at an account."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from batchbell.messages.plain_text import counted, short_local_times

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from batchbell.core.gap import Gap

#: No more than the latest that many of an account are shown; others are counted.
SHOWN_AT_ONCE = 3


def latest_in_words(gaps: Sequence[Gap], zone: tzinfo = UTC) -> Iterator[str]:
    """Yield a phrase for each of the latest gaps, oldest first, and how many are left out."""
    left_out = len(gaps) - SHOWN_AT_ONCE
    if left_out > 0:
        yield counted(left_out, "earlier gap")
    yield from (_words(gap, zone) for gap in gaps[-SHOWN_AT_ONCE:])


def _words(gap: Gap, zone: tzinfo) -> str:
    """Return `blind 02:10 to 05:05 UTC (daemon down)`."""
    first, last = short_local_times(gap.since, gap.until, zone=zone)
    return f"blind {first} to {last} ({gap.reason})"
