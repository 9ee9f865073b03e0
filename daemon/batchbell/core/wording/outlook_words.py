"""A forecast's finish and its range in words, by anybody's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.wording.plain_text import short_local_times

if TYPE_CHECKING:
    from datetime import datetime, tzinfo


def outlook_words(
    finish: datetime,
    earliest: datetime,
    latest: datetime,
    *,
    now: datetime,
    pace: str,
    zone: tzinfo,
) -> str:
    """Return `about 14:05 UTC (13:40-15:10), 12 %/h`; with days if they are not all today."""
    _, first, last, at = short_local_times(now, earliest, latest, finish, zone=zone)
    dash = "-" if len(last) == len("00:00") else " to "
    about = f"about {at} ({first}{dash}{last})"
    return f"{about}, {pace}" if pace else about
