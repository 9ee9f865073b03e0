"""Events below each other on a terminal: when, how bad, about what, and what it was."""

from __future__ import annotations

import re
import shutil
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import click

from batchbell.cli.terminal.event_lines import BELOW, dim, event_line, painted
from batchbell.cli.terminal.grid import GAP, shorten_name, text_width
from batchbell.cli.terminal.hanging import hanging, is_narrow
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.readers_clock import local, readers_view, readers_zone
from batchbell.cli.terminal.signs import between, sign
from batchbell.core.awaiting import IN_END
from batchbell.core.event import VERDICT_KINDS, Severity
from batchbell.messages.event_folds import (
    SMALL_NEWS,
    Fold,
    jobs_of,
    row_words,
    severity_of_row,
)
from batchbell.messages.event_words import WARNS_OF_DEADLINE
from batchbell.messages.plain_text import counted, cut, short_times, zone_name
from batchbell.messages.subject import file_stem, short_id, subject
from batchbell.messages.verdict_headline import jobs_that_ended, verdict_news

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence
    from datetime import date, datetime

    from batchbell.core.event import Event
    from batchbell.store.events import StoredEvent

#: Longest names in a list, columns; with room for it the short id stands behind them.
_NAME, _LONG_NAME = 24, 28
#: Lines of a list that an event takes at most: `show` has its error whole.
_LINES = 2
#: What two lines have less room for because no word is parted, columns.
_BROKEN = 8


#: A deadline in the words of messages.
_ITS_DEADLINE = re.compile(r"\bits ((?:\d{4}-\d\d-\d\d )?\d\d:\d\d) \S+ deadline\b")


class _Called(NamedTuple):
    """What a row is about."""

    name: str
    #: The short id behind it; '' for none.
    short: str = ""

    @property
    def text(self) -> str:
        return between().join(filter(None, self))

    def painted(self, width: int) -> str:
        """Return it in so many columns: the id is for whoever looks for it."""
        spaces = " " * (width - text_width(self.text))
        return f"{self.name}{dim(self.text.removeprefix(self.name))}{spaces}"


def happened(event: Event) -> datetime:
    """Return when it happened: the time of an event that is looked at with its job."""
    return event.happened_at


def called(event: Event) -> str:
    """Return what an event is about; the model goes, and where there is room the id comes."""
    return _called([event]).text


def event_rows(
    folds: Sequence[Fold[StoredEvent]],
    at: Callable[[Event], datetime],
    *,
    of_one_job: bool = False,
) -> Iterator[tuple[Fold[StoredEvent], list[str]]]:
    """Yield each row with its lines; a pipe has each event in one, whole.

    On a terminal a new day has a line of its own, and names are left out `of_one_job`.
    """
    if not on_terminal():
        for fold in folds:
            yield fold, [event_line(stored, at=at(stored.event)) for stored in fold.all]
        return
    ended = jobs_that_ended(stored.event for fold in folds for stored in fold.all)
    names = [_Called("") if of_one_job else _called(_events(fold)) for fold in folds]
    alike = frozenset() if of_one_job else _called_alike(folds)
    width = max((text_width(name.text) for name in names), default=0)
    day: date | None = None
    for fold, name in zip(folds, names, strict=True):
        moment = local(at(fold.first.event))
        is_new, day = moment.date() != day, moment.date()
        lines = [click.style(f"{day} {zone_name(moment)}", bold=True)] if is_new else []
        below = BELOW + width + (len(GAP) if width else 0)
        columns = shutil.get_terminal_size().columns - below
        room = None if of_one_job else _LINES * columns - _BROKEN
        lead = f"{name.painted(width)}{GAP}" if width else ""
        text = _text(fold, ended, at, room=room, alike=alike)
        lines += _row(_events(fold), moment, lead, text, below)
        yield fold, lines


def _called_alike(folds: Sequence[Fold[StoredEvent]]) -> frozenset[str]:
    """Return the names that several jobs of a list have: in a narrow one they lack their ids."""
    jobs: dict[str, set[str]] = {}
    for stored in chain.from_iterable(fold.all for fold in folds):
        jobs.setdefault(file_stem(stored.event.input_file), set()).add(stored.event.job_id or "")
    return frozenset(stem for stem, ids in jobs.items() if stem and len(ids) > 1)


def _events(fold: Fold[StoredEvent]) -> list[Event]:
    return [stored.event for stored in fold.all]


def _row(
    events: Sequence[Event], moment: datetime, lead: str, text: str, below: int
) -> Iterator[str]:
    severity = severity_of_row(events)
    row = f"{painted(sign(severity), severity)}{GAP}{lead}{text}"
    for line in hanging(f"{moment:%H:%M}{GAP}{row}", below=below):
        yield dim(click.unstyle(line)) if _is_small(events[0]) else line


def _called(events: Sequence[Event]) -> _Called:
    event = events[0]
    if jobs_of(events) > 1:
        return _Called(counted(jobs_of(events), "job"))
    stem = file_stem(event.input_file)
    if stem and is_narrow():
        return _Called(shorten_name(stem, _NAME))
    if event.job_id and stem:
        return _Called(shorten_name(stem, _LONG_NAME), short_id(event.job_id))
    whole = shorten_name(subject(event), _NAME if is_narrow() else 2 * _LONG_NAME)
    name, found, short = whole.rpartition(between())
    return _Called(name, short) if event.job_id and found else _Called(whole)


def _text(
    fold: Fold[StoredEvent],
    ended: Container[tuple[str, str]],
    at: Callable[[Event], datetime],
    *,
    room: int | None,
    alike: Container[str],
) -> str:
    """Return label and detail, of small news until when, and the id if several are called `alike`.

    A verdict that its end tells says only what is new.
    """
    event, events = fold.first.event, _events(fold)
    label, detail = row_words(events, readers_view())
    if event.kind in VERDICT_KINDS and IN_END in fold.first.not_told.values():
        detail = verdict_news(event, ended) or "as its end says"
    label, detail = beside_count(label, events), in_short(event, detail)
    until = _until(events, at) if _is_small(event) else ""
    lacks_id = is_narrow() and file_stem(event.input_file) in alike and jobs_of(events) == 1
    more = ", ".join(filter(None, (until, short_id(event.job_id) if lacks_id else "")))
    if room is not None and detail:
        detail = cut(detail, max(room - text_width(f"{label}, , {more}"), _NAME))
    severity = severity_of_row(events)
    bold = severity >= Severity.WARNING
    said = ", ".join(filter(None, (click.style(painted(label, severity), bold=bold), detail)))
    return f"{said}, {dim(more)}" if more else said


def in_short(event: Event, detail: str) -> str:
    """Return `will miss 01:20 by about 3h`: beside the day, or in a message, stands the zone."""
    is_warning = event.kind in WARNS_OF_DEADLINE
    return _ITS_DEADLINE.sub(r"\1", detail, count=1) if is_warning else detail


def beside_count(label: str, events: Sequence[Event]) -> str:
    """Return `Progressed` for `2 progressed` of two jobs: how many there are stands beside it."""
    jobs = jobs_of(events)
    said = label.removeprefix(f"{jobs:,} ")
    return label if jobs == 1 or said == label else said[:1].upper() + said[1:]


def _until(events: Sequence[Event], at: Callable[[Event], datetime]) -> str:
    """Return `until 04:04` of several of which the last came later; '' if it did not."""
    first, last = at(events[0]), at(events[-1])
    begun, ended = short_times(first, last, zone=readers_zone())
    return "" if begun == ended else f"until {ended}"


def _is_small(event: Event) -> bool:
    return event.kind in SMALL_NEWS
