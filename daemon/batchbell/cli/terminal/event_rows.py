"""Events below each other on a terminal: when, how bad, about what, and what it was."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import BELOW, event_line, painted
from batchbell.cli.terminal.grid import GAP, pad, shorten_name, text_width
from batchbell.cli.terminal.hanging import hanging, is_narrow
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.signs import joined, sign
from batchbell.core.awaiting import IN_END
from batchbell.core.event import VERDICT_KINDS
from batchbell.messages.headline import happening
from batchbell.messages.plain_text import cut, in_zone
from batchbell.messages.subject import file_stem, short_id, subject
from batchbell.messages.verdict_headline import jobs_that_ended, verdict_news

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence
    from datetime import date, datetime

    from batchbell.core.event import Event
    from batchbell.store.events import StoredEvent

#: Longest names in a list, columns; with room for it the short id stands behind them.
_NAME, _LONG_NAME = 24, 28
#: So much of an error stands in a list, characters: `show` has it whole.
_DETAIL_CHARS = 100


def happened(event: Event) -> datetime:
    """Return when it happened: the time of an event that is looked at with its job."""
    return event.happened_at


def event_rows(
    events: Sequence[StoredEvent], at: Callable[[Event], datetime], *, of_one_job: bool = False
) -> Iterator[tuple[StoredEvent, list[str]]]:
    """Yield each event with its lines; a pipe has it in one, whole.

    On a terminal a new day has a line of its own, and names are left out `of_one_job`.
    """
    if not on_terminal():
        yield from ((stored, [event_line(stored, at=at(stored.event))]) for stored in events)
        return
    ended = jobs_that_ended(stored.event for stored in events)
    names = ["" if of_one_job else called(stored.event) for stored in events]
    width = max(map(text_width, names), default=0)
    day: date | None = None
    for stored, name in zip(events, names, strict=True):
        moment = in_zone(at(stored.event), UTC)
        is_new, day = moment.date() != day, moment.date()
        lines = [click.style(f"{day} UTC", bold=True)] if is_new else []
        text = _text(stored, ended, longest=None if of_one_job else _DETAIL_CHARS)
        yield stored, [*lines, *_row(stored.event, moment, pad(name, width), text)]


def _row(event: Event, moment: datetime, name: str, text: str) -> Iterator[str]:
    mark = painted(sign(event.severity), event.severity)
    lead = f"{moment:%H:%M}{GAP}{mark}{GAP}{name}{GAP if name else ''}"
    below = BELOW + text_width(name) + (len(GAP) if name else 0)
    yield from hanging(f"{lead}{text}", below=below)


def called(event: Event) -> str:
    """Return what an event is about; the model goes, and where there is room the id comes."""
    stem = file_stem(event.input_file)
    if not event.job_id or not stem:
        return shorten_name(subject(event), _NAME if is_narrow() else 2 * _LONG_NAME)
    if is_narrow():
        return shorten_name(stem, _NAME)
    return joined(shorten_name(stem, _LONG_NAME), short_id(event.job_id))


def _text(stored: StoredEvent, ended: Container[tuple[str, str]], *, longest: int | None) -> str:
    """Return label and detail; a verdict that its end tells says only what is new."""
    event = stored.event
    label, detail = happening(event)
    if event.kind in VERDICT_KINDS and IN_END in stored.not_told.values():
        detail = verdict_news(event, ended) or "as its end says"
    if longest is not None:
        detail = cut(detail, longest)
    return ", ".join(filter(None, (painted(label, event.severity), detail)))
