"""What became of a job and who knows it, in one line: what `explain` begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.phrases import ahead
from batchbell.cli.terminal.signs import joined
from batchbell.core.awaiting import awaited_until
from batchbell.core.event import EventKind, Severity
from batchbell.messages.kind_words import WORDS
from batchbell.messages.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Delivery
    from batchbell.store.views.job import JobHistory

#: What the end says too.
_IN_ENDS = frozenset({EventKind.RESULTS, EventKind.INCOMPLETE})


def outcome_line(history: JobHistory) -> str:
    """Return `EXPIRED 14:17 UTC · oncall told · team not: ...`, of the event that tells most.

    That is the last one anybody was to be told of, or the last one; of an end and the verdict on it
    the end, which says both. '' without any event.
    """
    if not history.events:
        return ""
    ends = [stored for stored in history.events if stored.event.kind not in _IN_ENDS]
    told = [stored for stored in ends if stored.id in history.deliveries]
    stored = (told or ends or list(history.events))[-1]
    event = stored.event
    label = painted(WORDS[event.kind].label, event.severity)
    return joined(f"{label} {event.happened_at:%H:%M} UTC", *_told(stored, history))


def _told(stored: StoredEvent, history: JobHistory) -> Iterator[str]:
    for delivery in history.deliveries.get(stored.id, ()):
        yield f"{delivery.channel} {_became(delivery, stored, history)}"
    for channel, reason in sorted(stored.not_told.items()):
        yield f"{channel} not: {one_line(reason)}"
    if stored.id not in history.deliveries and not stored.not_told:
        yield "told to nobody: there was no channel"


def _became(delivery: Delivery, stored: StoredEvent, history: JobHistory) -> str:
    if delivery.state == "sent":
        return "told"
    if delivery.state == "dead":
        return painted("not: given up", Severity.FAILURE)
    if delivery.attempts:
        retry = f"not yet, retrying {ahead(delivery.next_attempt_at, history.now)}"
        return painted(retry, Severity.WARNING)
    if awaited_until(stored.event, history.now) is not None:
        return "not yet, it waits for the verdict"
    return "not yet, it waits"
