"""How a channel hears of what is foreseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.delivery.pacing import quiet_hold
from batchbell.core.event import TOLD_BY_DEFAULT, severity_of
from batchbell.core.ring import Hearing
from batchbell.core.routing import matches

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.delivery.pacing import Pacing
    from batchbell.core.event import EventKind
    from batchbell.core.routing import Filter


def hearing_at(wanted: Filter, pacing: Pacing, kind: EventKind, moment: datetime) -> Hearing:
    """Return whether the channel asks for such a warning, and is sent at once what is told then."""
    bad = severity_of(kind)
    asks = kind in TOLD_BY_DEFAULT if wanted.events is None else matches(kind, wanted.events)
    passes = pacing.quiet_except is not None and pacing.quiet_except <= bad
    is_quiet = not passes and quiet_hold(pacing, moment) is not None
    if not asks or bad < wanted.min_severity or is_quiet:
        return Hearing.NOT_THEN
    return Hearing.AT_ONCE if pacing.digest_every is None else Hearing.IN_A_DIGEST
