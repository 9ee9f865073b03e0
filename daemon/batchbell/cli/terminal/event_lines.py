"""Events and deliveries in lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.phrases import span
from batchbell.cli.terminal.readers_clock import (
    local,
    readers_view,
    shown_time,
    times,
    to_the_second,
)
from batchbell.cli.terminal.signs import COLOURS, joined, sign
from batchbell.core.event import Severity
from batchbell.messages.attempt_folds import folded_attempts
from batchbell.messages.event_words import LATE_AFTER
from batchbell.messages.headline import headline
from batchbell.messages.plain_text import counted, one_line
from batchbell.messages.subject import file_stem, short_id, short_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from batchbell.store.events import StoredEvent
    from batchbell.store.views.deliveries import Attempt
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
    when = shown_time(at or event.happened_at)
    return f"{when}  {mark}  {event.kind.value:<27}  {headline(event, readers_view())}"


def called_by(history: JobHistory) -> str:
    """Return what people call a job, with its short id behind it."""
    job = history.item.record.job
    name = file_stem(history.input_file) or short_model(job.model_id or "")
    return joined(name, short_id(job.id))


def attempt_lines(attempts: Iterable[Attempt], indent: str) -> Iterator[str]:
    """Yield each attempt in a line, with what a program wrote below it."""
    for attempt in attempts:
        yield f"{indent}{_attempt(attempt)}"
        yield from _output_lines(attempt, indent)


def folded_attempt_lines(attempts: Iterable[Attempt]) -> Iterator[str]:
    """Yield the same with a line for attempts that ended alike: `53 attempts, 13:56 to ...`."""
    for first, *others in folded_attempts(attempts):
        yield _attempts(first, others) if others else _attempt(first)
        yield from _output_lines(first, "")


def _output_lines(attempt: Attempt, indent: str) -> Iterator[str]:
    for line in attempt.output.splitlines()[-OUTPUT_LINES:]:
        yield f"{indent}  | {one_line(line)}"


def painted(text: str, severity: Severity) -> str:
    """Return a text in its severity's colour; what prints it drops that where it does not fit."""
    return click.style(text, fg=COLOURS[severity])


def done_mark() -> str:
    """Return what stands before what was done."""
    return painted(sign(Severity.SUCCESS), Severity.SUCCESS)


def named(channel: str) -> str:
    """Return a channel as the lines about it begin with it."""
    return click.style(channel, bold=True)


def dim(text: str) -> str:
    """Return a text that stands back; '' stays empty."""
    return click.style(text, dim=True) if text else ""


def _attempt(attempt: Attempt) -> str:
    lasted = f"{attempt.duration_seconds:.1f} s"
    return f"{_mark(attempt)} {to_the_second(attempt.started_at)}, {lasted}, {_how(attempt)}"


def _attempts(first: Attempt, others: Sequence[Attempt]) -> str:
    count = counted(1 + len(others), "attempt")
    since = f"{local(first.started_at):%Y-%m-%d %H:%M}"
    _, ended = times(first.started_at, others[-1].started_at)
    return f"{_mark(first)} {count}, {since} to {ended}, all {_how(first)}"


def _mark(attempt: Attempt) -> str:
    severity = Severity.SUCCESS if attempt.delivered else Severity.FAILURE
    return painted(sign(severity), severity)


def _how(attempt: Attempt) -> str:
    return "delivered" if attempt.delivered else f"failed: {one_line(attempt.reason)}"


def lateness(stored: StoredEvent) -> str:
    """Say that an event was seen late; '' if it was not."""
    event = stored.event
    late = event.seen_at - event.happened_at
    return f"{_INDENT}seen {span(late)} later" if late > LATE_AFTER else ""
