"""What messages tell, in columns: what stands before it, how bad it is, about what."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import click

from batchbell.cli.terminal.event_lines import dim, painted
from batchbell.cli.terminal.event_rows import beside_count, called, in_short
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
#: Lines that an event takes at most: `show` has its error whole.
_LINES = 3


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
    #: Whether nobody has to look at it.
    is_dim: bool = False

    def text(self, room: int) -> str:
        """Return what happened, for lines so wide, in colour, each word by itself."""
        detail = cut(self.detail, max(_LINES * room - len(self.label), _NARROWEST))
        # A word that is longer than a line is cut.
        detail = " ".join(shorten(word, room) for word in detail.split(" "))
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
    *,
    is_reminder: bool,
    is_past: bool = False,
) -> LedgerRow:
    """Return the row of events that are one; of a message without any none is known."""
    if not events:
        return LedgerRow(lead, None, "", "what it told is not kept any more")
    label, detail = row_words(events, readers_view())
    label, detail = beside_count(label, events), in_short(events[0], detail)
    several = jobs_of(events)
    return LedgerRow(
        lead,
        severity_of_row(events),
        called(events[0]) if several == 1 else counted(several, "job"),
        f"{'Reminder: ' if is_reminder else ''}{label}{' (past)' if is_past else ''}",
        # What was to be expected is of no use any more.
        "" if is_past else detail,
        is_dim=is_past or events[0].kind in SMALL_NEWS,
    )


@dataclass(frozen=True, slots=True)
class LedgerColumns:
    """How wide the columns of some rows are on this terminal."""

    lead: int
    name: int
    text: int

    @property
    def below(self) -> str:
        """What stands before what is said of a row below it: as much room as leads to its name."""
        return " " * (self.lead + len(GAP) + 1 + len(GAP))

    def lines(self, row: LedgerRow) -> Iterator[str]:
        """Yield a row in lines; what happened goes on below itself."""
        mark = " " if row.severity is None else painted(sign(row.severity), row.severity)
        first = GAP.join((pad(row.lead, self.lead), mark, _named(row.name, self.name), ""))
        below = " " * text_width(click.unstyle(first))
        for at, text in enumerate(broken(row.text(self.text), self.text, below=0)):
            line = f"{below if at else first}{text}".rstrip()
            yield dim(click.unstyle(line)) if row.is_dim else line


def columns_of(rows: Sequence[LedgerRow], *, lead: int = 0) -> LedgerColumns:
    """Return what these rows need, within what the terminal has.

    So many columns as `lead` are left free before them.
    """
    lead = max([lead, *(text_width(row.lead) for row in rows)])
    name = max((text_width(row.name) for row in rows), default=0)
    room = shutil.get_terminal_size().columns - lead - name - 3 * len(GAP) - 1
    return LedgerColumns(lead, name, max(room, _NARROWEST))


def _named(name: str, width: int) -> str:
    """Return what it is about in so many columns: the id is for whoever looks for it."""
    known, found, short = name.rpartition(between())
    shown = f"{known}{dim(f'{found}{short}')}" if found else name
    return shown + " " * (width - text_width(name))
