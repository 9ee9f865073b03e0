"""News that came late: when it happened, when it was seen, and when nobody looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import ENDS, EventKind
from batchbell.messages.event_words import LATE_AFTER, name_text
from batchbell.messages.view import PLAIN_VIEW

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.messages.view import View

#: Joins the two ends of a time span: an en dash.
_TO = "\u2013"
_HAPPENED = {
    EventKind.CREATED: "created",
    EventKind.DEADLINE_MISSED: "deadline",
    EventKind.STALLED: "stalled",
    EventKind.ACCOUNT_UNAUTHORIZED: "failing since",
    **dict.fromkeys(ENDS, "finished"),
}

#: What is told only when it has lasted for a while: that is not late.
_LASTS_FOR_A_WHILE = frozenset(
    {EventKind.CHANNEL_FAILING, EventKind.ACCOUNT_UNREACHABLE, EventKind.VANISHED}
)


def late_news(event: Event, view: View = PLAIN_VIEW) -> str:
    """Return when it happened and was seen if those are apart, and when nobody looked, else ''.

    Reads `finished 02:14, seen 05:05 UTC; not polling 02:10-05:05 UTC (daemon down)`.
    """
    parts = []
    # What is told with its figures of now was seen at once.
    is_late = event.kind not in _LASTS_FOR_A_WHILE and event.key not in view.again
    if is_late and event.seen_at - event.happened_at > LATE_AFTER:
        happened, seen = view.times(event.happened_at, event.seen_at)
        verb = _HAPPENED.get(event.kind, "happened")
        parts.append(f"{verb} {happened}, seen {seen}")
    parts.append(_blind_time(event, view))
    return "; ".join(part for part in parts if part)


def _blind_time(event: Event, view: View) -> str:
    gap = event.facts.gap
    if gap is None:
        return ""
    first, last = view.times(gap.since, gap.until)
    reason = name_text(gap.reason)
    return f"not polling {first}{_TO}{last}" + (f" ({reason})" if reason else "")
