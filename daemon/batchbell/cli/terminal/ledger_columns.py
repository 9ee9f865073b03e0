"""What messages tell, in columns: what stands before it, how bad it is, about what, and to whom."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

import click

from batchbell.cli.terminal.channel_rows import name_lines
from batchbell.cli.terminal.event_lines import dim, painted
from batchbell.cli.terminal.event_rows import called
from batchbell.cli.terminal.grid import GAP, pad, shorten, text_width
from batchbell.cli.terminal.hanging import broken
from batchbell.cli.terminal.readers_clock import readers_view
from batchbell.cli.terminal.signs import between, sign
from batchbell.core.event import Severity
from batchbell.messages.event_folds import SMALL_NEWS, jobs_of, row_words, severity_of_row
from batchbell.messages.plain_text import counted, cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.core.event import Event

#: A line leaves what happened so much room, however much stands beside it.
_NARROWEST = 20
#: So much of the room that is left is for the names of channels at most: two fifths.
_OF_CHANNELS = 2, 5
#: Lines that an event takes at most: `show` has its error whole.
_LINES = 5
#: The channels take so many lines, or as many as what happened does.
_CHANNEL_LINES = 2


class LedgerRow(NamedTuple):
    """An event that a message tells, or several that are one row."""

    #: What stands before it; '' below the first event of a message.
    lead: str
    #: How bad it is; None of what is no event.
    severity: Severity | None
    name: str
    #: What happened: its label, and how.
    label: str
    detail: str = ""
    channels: Sequence[str] = ()
    #: Whether nobody has to look at it.
    is_dim: bool = False

    def text(self, room: int) -> str:
        """Return what happened, in colour, each word by itself: lines are broken between them."""
        detail = cut(self.detail, max(room - len(self.label), _NARROWEST))
        if self.severity is None or self.is_dim:
            return ", ".join(filter(None, (self.label, detail)))
        bold = self.severity >= Severity.WARNING or None
        words = (
            click.style(painted(word, self.severity), bold=bold) for word in self.label.split()
        )
        return ", ".join(filter(None, (" ".join(words), detail)))


def event_row(
    lead: str,
    events: Sequence[Event],
    channels: Sequence[str] = (),
    *,
    is_reminder: bool,
    is_past: bool = False,
) -> LedgerRow:
    """Return the row of events that are one; of a message without any none is known."""
    if not events:
        return LedgerRow(lead, None, "", "what it told is not kept any more", channels=channels)
    label, detail = row_words(events, readers_view())
    several = jobs_of(events)
    return LedgerRow(
        lead,
        severity_of_row(events),
        called(events[0]) if several == 1 else counted(several, "job"),
        f"Reminder: {label}" if is_reminder else label,
        f"{detail} (past)".lstrip() if is_past else detail,
        channels,
        is_dim=is_past or events[0].kind in SMALL_NEWS,
    )


@dataclass(frozen=True, slots=True)
class LedgerColumns:
    """How wide the columns of some rows are on this terminal."""

    lead: int
    name: int
    text: int
    channels: int

    def lines(self, row: LedgerRow) -> Iterator[str]:
        """Yield a row in lines; what happened, and the channels, go on below themselves."""
        mark = " " if row.severity is None else painted(sign(row.severity), row.severity)
        first = GAP.join((pad(row.lead, self.lead), mark, _named(row.name, self.name), ""))
        below = " " * text_width(click.unstyle(first))
        texts = [*map(self._cut, broken(row.text(_LINES * self.text), self.text, below=0))]
        channels = _fewer(row.channels, self.channels, max(len(texts), _CHANNEL_LINES))
        for at, (text, names) in enumerate(zip_longest(texts, channels, fillvalue="")):
            gap = " " * (self.text - text_width(click.unstyle(text))) + GAP if names else ""
            line = f"{below if at else first}{text}{gap}{dim(names)}".rstrip()
            yield dim(click.unstyle(line)) if row.is_dim else line

    def _cut(self, line: str) -> str:
        """Return a line that fits: one word may be longer than all of it."""
        plain = click.unstyle(line)
        return line if text_width(plain) <= self.text else shorten(plain, self.text)


def columns_of(rows: Sequence[LedgerRow]) -> LedgerColumns:
    """Return what these rows need, within what the terminal has."""
    lead = max((text_width(row.lead) for row in rows), default=0)
    name = max((text_width(row.name) for row in rows), default=0)
    room = shutil.get_terminal_size().columns - lead - name - 3 * len(GAP) - 1
    channels = _width_of_channels(rows, room)
    text = room - channels - (len(GAP) if channels else 0)
    return LedgerColumns(lead, name, max(text, _NARROWEST), channels)


def _width_of_channels(rows: Sequence[LedgerRow], room: int) -> int:
    widest = max((text_width(", ".join(row.channels)) for row in rows), default=0)
    longest = max((text_width(f"{name},") for row in rows for name in row.channels), default=0)
    share, whole = _OF_CHANNELS
    return min(widest, max(longest, room * share // whole))


def _fewer(channels: Sequence[str], width: int, most: int) -> list[str]:
    """Return names in so many lines at most; what has no room is counted."""
    for shown in range(len(channels), 0, -1):
        left = len(channels) - shown
        lines = [*name_lines([*channels[:shown], *([f"+{left}"] if left else [])], width)]
        if len(lines) <= most:
            return lines
    return [*name_lines([counted(len(channels), "channel")], width)] if channels else []


def _named(name: str, width: int) -> str:
    """Return what it is about in so many columns: the id is for whoever looks for it."""
    known, found, short = name.rpartition(between())
    shown = f"{known}{dim(f'{found}{short}')}" if found else name
    return shown + " " * (width - text_width(name))
