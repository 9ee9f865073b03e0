"""What became of a job and who knows it: what `explain` begins with."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.readers_clock import at, readers_view
from batchbell.cli.terminal.told_counts import told_counts
from batchbell.cli.terminal.told_words import NOT_TOLD
from batchbell.core.event import EventKind, Severity
from batchbell.messages.event_folds import SMALL_NEWS, folded
from batchbell.messages.event_words import WARNS_OF_DEADLINE, misses
from batchbell.messages.given_up_words import message_again
from batchbell.messages.kind_words import words_of
from batchbell.messages.not_told import what_would_tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.cli.terminal.told_rows import Teller, ToldRow
    from batchbell.core.event import Event
    from batchbell.messages.event_folds import Fold
    from batchbell.store.events import StoredEvent
    from batchbell.store.views.job import JobHistory

_INDENT = "  "
#: What stands for the name of one of several channels.
_ANY = "NAME"


def outcome_of(history: JobHistory) -> Fold[StoredEvent] | None:
    """Return the event that tells most of a job, an end with its verdicts; None without any.

    That is the last one that anybody was to be told of, or that is bad though nobody was, or the
    last one; small news only of a job of which nothing else is known.
    """
    folds = folded(history.events, lambda stored: stored.event, keeps_row=_is_small)
    folds = [each for each in folds if not _is_small(each.first)] or folds
    found = [each for each in folds if _matters(each, history)] or folds
    return found[-1] if found else None


def _matters(fold: Fold[StoredEvent], history: JobHistory) -> bool:
    """Whether anybody was told of it, or should have been."""
    is_told = any(stored.id in history.deliveries for stored in fold.all)
    return is_told or fold.first.event.severity >= Severity.WARNING


def _is_small(stored: StoredEvent) -> bool:
    return stored.event.kind in SMALL_NEWS


def outcome_lines(outcome: Fold[StoredEvent], teller: Teller) -> Iterator[str]:
    """Yield `EXPIRED 14:17 UTC: 2 of 4 channels told, 1 waiting, 1 not told`, and each below it."""
    rows = teller.rows(outcome)
    what = _what(outcome.first.event, teller.history.now)
    yield from hanging(f"{what}: {_how_many(rows)}", below=len(_INDENT) * 2)
    yield from teller.lines(rows, _INDENT)


def who_was_not_told(outcome: Fold[StoredEvent], history: JobHistory) -> Iterator[tuple[str, str]]:
    """Yield what helps where somebody was not told, with labels: what is to be copied alone."""
    yield from who_lacks(history)
    alike: dict[str, list[str]] = {}
    for channel, reason in sorted(outcome.first.not_told.items()):
        alike.setdefault(reason, []).append(channel)
    for reason, channels in () if _is_small(outcome.first) else alike.items():
        is_one = len(channels) == 1
        change = what_would_tell(channels[0] if is_one else _ANY, reason)
        who = channels[0] if is_one else f"one of these {len(channels)}"
        if change:
            yield f"To tell {who} of such, configure", change


def who_lacks(history: JobHistory) -> Iterator[tuple[str, str]]:
    """Yield what helps where messages were to be told and were not, with labels."""
    yield from tests_of(history)
    yield from sent_again(history)


def tests_of(history: JobHistory) -> Iterator[tuple[str, str]]:
    """Yield what tests each channel that fails and for which a message waits."""
    deliveries = [*chain.from_iterable(history.deliveries.values())]
    for channel in sorted({each.channel for each in deliveries if each.state == "pending"}):
        health = history.channels.get(channel)
        if health is not None and health.failing_since is not None:
            yield f"Test {channel}", f"batchbell notify-test {channel}"


def sent_again(history: JobHistory) -> Iterator[tuple[str, str]]:
    """Yield what sends again what was given up."""
    deliveries = [*chain.from_iterable(history.deliveries.values())]
    lacking = {
        each.notification_id: each
        for each in deliveries
        if each.state == "dead" and each.notification_id not in history.old_news
    }
    if lacking:
        reasons = [each.reason for each in lacking.values()]
        label = message_again(reasons, {each.channel for each in lacking.values()})
        yield label, f"batchbell deliveries retry {' '.join(map(str, sorted(lacking)))}"


def _how_many(rows: Sequence[ToldRow]) -> str:
    """Return `told 8 of 13, 4 wait, 1 fails`, and how many were not to be told."""
    left_out = sum(len(row.channels) for row in rows if row.state == NOT_TOLD)
    counts = told_counts(rows)
    if counts:
        return f"{counts}, {left_out} not told" if left_out else counts
    if not left_out:
        return "told to nobody: there was no channel"
    return painted("told to nobody", Severity.WARNING)


def _what(event: Event, now: datetime) -> str:
    """Return the event with its own times: when it happened, or what it is about, and was noticed.

    A warning happens when it is noticed: what it is about is the deadline, or the standstill.
    """
    label = painted(words_of(event).label, event.severity)
    due = event.job.job_deadline if event.job is not None else None
    if event.kind in WARNS_OF_DEADLINE and due is not None:
        expected = misses(event, readers_view()) or f"due {at(due, now)}"
        return f"{label}, {expected}, noticed {at(event.happened_at, now)}"
    since = event.facts.stall.since
    if event.kind is EventKind.STALLED and since is not None:
        return f"{label} since {at(since, now)}, noticed {at(event.happened_at, now)}"
    return f"{label} {at(event.happened_at, now)}"
