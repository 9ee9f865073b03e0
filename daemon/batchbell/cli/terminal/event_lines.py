"""Events and deliveries in lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.health_lines import hold_words
from batchbell.cli.terminal.phrases import ago, span
from batchbell.cli.terminal.signs import COLOURS, joined, sign
from batchbell.core.awaiting import IN_END, awaited_until
from batchbell.core.event import Severity
from batchbell.messages.delivery_words import behind_a_failure, how_far
from batchbell.messages.event_words import LATE_AFTER
from batchbell.messages.headline import headline
from batchbell.messages.not_told import why_not_told, why_these_were_not_told
from batchbell.messages.plain_text import counted, one_line, utc_time
from batchbell.messages.subject import file_stem, short_id, short_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Attempt, Delivery
    from batchbell.store.views.job import JobHistory

#: What is said of an event on a terminal begins there, and what became of it below that.
BELOW = len("00:00  i  ")
_INDENT = " " * BELOW
#: Of a program's output the last lines are shown; `--json` has all that was kept.
OUTPUT_LINES = 10


def event_line(stored: StoredEvent, *, at: datetime | None = None) -> str:
    """Return an event in one line: when it happened (or `at`), how bad, what kind, what it was."""
    event = stored.event
    mark = painted(sign(event.severity), event.severity)
    when = utc_time(at or event.happened_at)
    return f"{when}  {mark}  {event.kind.value:<27}  {headline(event)}"


def called_by(history: JobHistory) -> str:
    """Return what people call a job, with its short id behind it."""
    job = history.item.record.job
    name = file_stem(history.input_file) or short_model(job.model_id or "")
    return joined(name, short_id(job.id))


def delivery_lines(stored: StoredEvent, history: JobHistory) -> Iterator[str]:
    """Yield the deliveries of an event, a line for channels that fared alike.

    Of one that needs a look and has none: why. That a channel does not ask for the others is no
    news; `explain` has it.
    """
    deliveries = history.deliveries.get(stored.id, ())
    alike: dict[tuple[str, str], list[Delivery]] = {}
    for delivery in deliveries:
        how = _mark(delivery, history), _became(delivery, stored, history)
        alike.setdefault(how, []).append(delivery)
    for (mark, became), theirs in alike.items():
        yield f"{_INDENT}{mark} {', '.join(each.channel for each in theirs)}: {became}"
        yield from _again(theirs)
    is_told_by_end = IN_END in stored.not_told.values()
    if not deliveries and stored.event.severity >= Severity.WARNING and not is_told_by_end:
        yield from _not_told(stored)
    reminders = history.reminders.get(stored.id, ())
    if reminders:
        times = counted(len(reminders), "reminder")
        yield f"{_INDENT}{times}, the last one {ago(reminders[-1].created_at, history.now)}"


def explaining_lines(stored: StoredEvent, history: JobHistory) -> Iterator[str]:
    """Yield the same with the attempts that did not just go well, and why others were not told."""
    for messages in (history.deliveries, history.reminders):
        several = messages.get(stored.id, ())
        yield from _went_well(
            [each for each in several if _says_nothing_more(each, history)], history
        )
        for delivery in several:
            if _says_nothing_more(delivery, history):
                continue
            yield f"{_INDENT}{_state(delivery, stored, history)}"
            yield from _again([delivery])
            attempts = history.attempts.get(delivery.notification_id, ())
            yield from attempt_lines(attempts, f"{_INDENT}    ")
    if stored.not_told or stored.id not in history.deliveries:
        yield from _not_told(stored)


def _went_well(deliveries: Sequence[Delivery], history: JobHistory) -> Iterator[str]:
    """Yield what was sent at once, a line for those that were sent in the same minute."""
    alike: dict[str, list[Delivery]] = {}
    for each in deliveries:
        ended = each.ended_at or history.now
        what = "reminder sent" if each.is_reminder else "sent"
        words = f"{what} {_sent_at(ended, history.now)}"
        alike.setdefault(words, []).append(each)
    mark = painted(sign(Severity.SUCCESS), Severity.SUCCESS)
    for words, theirs in alike.items():
        names = ", ".join(each.channel for each in theirs)
        numbers = ", ".join(str(each.notification_id) for each in theirs)
        number = counted(len(theirs), "delivery", "deliveries").partition(" ")[2]
        yield f"{_INDENT}{mark} {names}: {words}, {number} {numbers}"


def _says_nothing_more(delivery: Delivery, history: JobHistory) -> bool:
    """Whether it went well at once."""
    attempts = history.attempts.get(delivery.notification_id, ())
    is_sent_at_once = delivery.state == "sent" and delivery.attempts <= 1
    return is_sent_at_once and not any(map(_tells, attempts))


def _tells(attempt: Attempt) -> bool:
    return not attempt.delivered or bool(attempt.output)


def _not_told(stored: StoredEvent) -> Iterator[str]:
    for reason, channels in _by_reason(stored.not_told).values():
        why = one_line(why_these_were_not_told(reason, len(channels)))
        yield f"{_INDENT}{sign(Severity.INFO)} {', '.join(channels)}: not told: {why}"
    if not stored.not_told:
        yield f"{_INDENT}told to nobody: there was no channel"


def _by_reason(not_told: Mapping[str, str]) -> dict[str, tuple[str, list[str]]]:
    """Return why channels were not told, and which, by what is said of that."""
    found: dict[str, tuple[str, list[str]]] = {}
    for channel, reason in sorted(not_told.items()):
        found.setdefault(why_not_told(reason), (reason, []))[1].append(channel)
    return found


def attempt_lines(attempts: Iterable[Attempt], indent: str) -> Iterator[str]:
    """Yield each attempt in a line, with what a program wrote below it."""
    for attempt in attempts:
        yield f"{indent}{_attempt(attempt)}"
        for line in attempt.output.splitlines()[-OUTPUT_LINES:]:
            yield f"{indent}  | {one_line(line)}"


def painted(text: str, severity: Severity) -> str:
    """Return a text in its severity's colour; what prints it drops that where it does not fit."""
    return click.style(text, fg=COLOURS[severity])


def _state(delivery: Delivery, stored: StoredEvent, history: JobHistory) -> str:
    """Return the same of one delivery, with its number."""
    what = f"{delivery.channel}: {'reminder ' if delivery.is_reminder else ''}"
    became = _became(delivery, stored, history)
    number = "" if delivery.state == "dead" else f", delivery {delivery.notification_id}"
    return f"{_mark(delivery, history)} {what}{became}{number}"


def _mark(delivery: Delivery, history: JobHistory) -> str:
    severity, _, _ = how_far(delivery, history.now)
    if behind_a_failure(delivery, history.channels.get(delivery.channel), history.now):
        severity = Severity.WARNING
    return painted(sign(severity), severity)


def _became(delivery: Delivery, stored: StoredEvent, history: JobHistory) -> str:
    now = history.now
    _, phrase, _ = how_far(delivery, now)
    ended = delivery.ended_at or now
    tries = counted(delivery.attempts, "attempt")
    if delivery.state == "sent":
        took = f" after {tries}" if delivery.attempts > 1 else ""
        return f"sent {_sent_at(ended, now)}{took}"
    if not delivery.attempts and delivery.state != "dead":
        return _waiting(delivery, phrase, stored, history)
    reason = f": {one_line(delivery.reason)}" if delivery.reason else ""
    return f"{phrase} after {tries}{reason}"


def _sent_at(ended: datetime, now: datetime) -> str:
    """Return the minute, and how long ago it was: what was sent in the same minute reads alike."""
    return f"{utc_time(ended)} ({ago(ended.replace(second=0, microsecond=0), now)})"


def _again(deliveries: Iterable[Delivery]) -> Iterator[str]:
    """Yield how those are sent again that were given up: a line of its own is copied whole."""
    numbers = [
        str(each.notification_id)
        for each in deliveries
        if each.state == "dead" and not each.is_reminder
    ]
    if numbers:
        yield f"{_INDENT}  to send it again: batchbell deliveries retry {' '.join(numbers)}"


def _waiting(delivery: Delivery, phrase: str, stored: StoredEvent, history: JobHistory) -> str:
    now = history.now
    awaited = None if delivery.is_reminder else awaited_until(stored.event, now)
    if awaited is not None:
        return f"waits for its verdict until {awaited:%H:%M:%S} UTC at the latest"
    health = history.channels.get(delivery.channel)
    failure = behind_a_failure(delivery, health, now)
    if failure:
        return f"not told: {failure}; to test it: batchbell notify-test {delivery.channel}"
    hold = "" if health is None else hold_words(health, now)
    if not hold and delivery.next_attempt_at > now:
        hold = f"not before {delivery.next_attempt_at:%H:%M:%S} UTC"
    return ", ".join(filter(None, (phrase, hold)))


def _attempt(attempt: Attempt) -> str:
    severity = Severity.SUCCESS if attempt.delivered else Severity.FAILURE
    how = "delivered" if attempt.delivered else f"failed: {one_line(attempt.reason)}"
    started = f"{attempt.started_at:%Y-%m-%d %H:%M:%S} UTC"
    mark = painted(sign(severity), severity)
    return f"{mark} {started}, {attempt.duration_seconds:.1f} s, {how}"


def lateness(stored: StoredEvent) -> str:
    """Say that an event was seen late; '' if it was not."""
    event = stored.event
    late = event.seen_at - event.happened_at
    return f"{_INDENT}seen {span(late)} later" if late > LATE_AFTER else ""
