"""What `wait` shows on a terminal: a bar for each job, below the lines that stay."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.text import Text

from batchbell.cli.terminal.grid import GAP, pad, shorten
from batchbell.cli.terminal.living import living
from batchbell.cli.terminal.rich_status import terminal
from batchbell.cli.terminal.short_ids import shortest_unique
from batchbell.cli.terminal.signs import STYLES, bar
from batchbell.core.event import Severity
from batchbell.messages.plain_text import duration, one_line, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from batchbell.cli.wait.waiting import Waited

#: Lines that bars leave of a low terminal, and bars that are shown at most.
_SPARED_LINES, _MOST_BARS = 4, 20
#: Signs of a bar where there is room, and the fewest that still say anything.
_BAR, _SHORTEST_BAR = 24, 6


class WaitBars:
    """Bars of the jobs that are not over; each drawing shows how they stand then."""

    def __init__(self, waited: Sequence[Waited], console: Console) -> None:
        """Take the time from now on."""
        self._waited = waited
        self._console = console
        self._began = time.monotonic()

    def say(self, line: str, *, is_bad: bool) -> None:
        """Print a line that stays, above the bars."""
        colour = STYLES[Severity.FAILURE] if is_bad else ""
        self._console.print(Text(line, style=colour), soft_wrap=True)

    def __rich__(self) -> Group:
        """Return the bars, and below them how long it has been."""
        open_ones = [each for each in self._waited if not each.over]
        room = min(max(self._console.height - _SPARED_LINES, 1), _MOST_BARS)
        ids = sorted(each.id for each in self._waited)
        lines = [
            _line(each, one_line(shortest_unique(each.id, ids)), self._console.width)
            for each in open_ones[:room]
        ]
        left = len(open_ones) - len(lines)
        more = f", {left:,} more not shown" if left else ""
        done = len(self._waited) - len(open_ones)
        length = duration(time.monotonic() - self._began)
        so_far = f"waiting for {length}, {done:,} of {len(self._waited):,} done"
        note = shorten(f"{so_far}{more}; Ctrl-C ends it", self._console.width)
        return Group(*lines, Text(note, style="dim"))


@contextmanager
def wait_bars(waited: Sequence[Waited]) -> Iterator[WaitBars]:
    """Show bars for the length of a `with` block; who looks after the jobs changes `waited`."""
    console = terminal()
    bars = WaitBars(waited, console)
    # Our own lines go through the console; what is a sign depends on the real stream.
    live = Live(bars, console=console, refresh_per_second=1, transient=True, redirect_stdout=False)
    with living(live):
        yield bars


def _line(each: Waited, short_id: str, width: int) -> Text:
    """Return one line; the bar gives way before what it stands for."""
    line = Text(f"{short_id}{GAP}", no_wrap=True)
    job = each.job
    if job is None:
        line.append(each.standing(), style="dim")
    elif job.progress is None:
        line.append(one_line(job.status or "no status"))
    else:
        standing = pad(percent(job.progress), 6, right=True) + GAP
        standing += one_line(job.status or "no status")
        room = width - len(short_id) - len(standing) - 2 * len(GAP)
        if room >= _SHORTEST_BAR:
            done, rest = bar(job.progress, min(room, _BAR))
            line.append(done, style=STYLES[Severity.INFO]).append(rest, style="dim").append(GAP)
        line.append(standing)
    line.truncate(width, overflow="ellipsis")
    return line
