"""What became of a job and who knows it: what `explain` begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.phrases import ahead
from batchbell.cli.terminal.signs import joined
from batchbell.core.awaiting import awaited_until
from batchbell.core.event import EventKind, Severity
from batchbell.messages.delivery_words import behind_a_failure
from batchbell.messages.event_words import WARNS_OF_DEADLINE, misses
from batchbell.messages.kind_words import words_of
from batchbell.messages.not_told import what_would_tell, why_not_told
from batchbell.messages.plain_text import one_line, short_times
from batchbell.messages.view import PLAIN_VIEW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Delivery
    from batchbell.store.views.job import JobHistory

_INDENT = "    "
#: What the end says too.
_IN_ENDS = frozenset({EventKind.RESULTS, EventKind.INCOMPLETE})


def outcome_lines(history: JobHistory) -> Iterator[str]:
    """Yield `EXPIRED 14:17 UTC · oncall told · team not: ...`, of the event that tells most.

    That is the last one anybody was to be told of, or the last one; of an end and the verdict on it
    the end, which says both. Channels of which the same is true stand together. What a terminal
    would break stands below each other, and below it what helps where somebody was not told.
    Nothing without any event.
    """
    if not history.events:
        return
    ends = [stored for stored in history.events if stored.event.kind not in _IN_ENDS]
    told = [stored for stored in ends if stored.id in history.deliveries]
    stored = (told or ends or list(history.events))[-1]
    what, parts = _what(stored.event, history.now), [*_told(stored, history)]
    line = joined(what, *parts)
    if len([*hanging(line)]) == 1:
        yield line
    else:
        yield what
        yield from (f"{_INDENT}{each}" for each in parts)
    yield from (f"{_INDENT}{each}" for each in _what_would_tell(stored, history))


def _what(event: Event, now: datetime) -> str:
    """Return the event with its own times: when it happened, or what it is about, and was noticed.

    A warning happens when it is noticed: what it is about is the deadline, or the standstill.
    """
    label = painted(words_of(event).label, event.severity)
    due = event.job.job_deadline if event.job is not None else None
    if event.kind in WARNS_OF_DEADLINE and due is not None:
        expected = misses(event, PLAIN_VIEW) or f"due {_at(due, now)}"
        return f"{label}, {expected}, noticed {_at(event.happened_at, now)}"
    since = event.facts.stall.since
    if event.kind is EventKind.STALLED and since is not None:
        return f"{label} since {_at(since, now)}, noticed {_at(event.happened_at, now)}"
    return f"{label} {_at(event.happened_at, now)}"


def _at(moment: datetime, now: datetime) -> str:
    """Return `14:17 UTC`, with its day if that is not today."""
    return f"{short_times(moment, now)[0]} UTC"


def _told(stored: StoredEvent, history: JobHistory) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for delivery in sorted(history.deliveries.get(stored.id, ()), key=_arrived_first):
        found.setdefault(_became(delivery, stored, history), []).append(delivery.channel)
    for channel, reason in sorted(stored.not_told.items()):
        found.setdefault(f"not: {one_line(why_not_told(reason))}", []).append(channel)
    for became, channels in found.items():
        yield f"{', '.join(channels)} {became}"
    if not found:
        yield "told to nobody: there was no channel"


def _what_would_tell(stored: StoredEvent, history: JobHistory) -> Iterator[str]:
    """Yield what to do for the channels that were not told."""
    deliveries = history.deliveries.get(stored.id, ())
    for each in deliveries:
        if behind_a_failure(each, history.channels.get(each.channel), history.now):
            yield f"to test {each.channel}: batchbell notify-test {each.channel}"
    given_up = [str(each.notification_id) for each in deliveries if each.state == "dead"]
    if given_up:
        yield f"to send it again once repaired: batchbell deliveries retry {' '.join(given_up)}"
    for channel, reason in sorted(stored.not_told.items()):
        change = what_would_tell(channel, reason)
        if change:
            yield f"for {channel} to be told of such: {change}"


def _arrived_first(delivery: Delivery) -> tuple[bool, str]:
    return delivery.state != "sent", delivery.channel


def _became(delivery: Delivery, stored: StoredEvent, history: JobHistory) -> str:
    if delivery.state == "sent":
        return "told"
    if delivery.state == "dead":
        why = f" ({one_line(delivery.reason)})" if delivery.reason else ""
        return painted(f"not: given up{why}", Severity.FAILURE)
    if delivery.attempts:
        retry = f"not yet, retrying {ahead(delivery.next_attempt_at, history.now)}"
        return painted(retry, Severity.WARNING)
    health = history.channels.get(delivery.channel)
    failure = behind_a_failure(delivery, health, history.now)
    if failure:
        return painted(f"not told: {failure}", Severity.WARNING)
    if awaited_until(stored.event, history.now) is not None:
        return "not yet: its results are being counted"
    return "not yet: it waits"
