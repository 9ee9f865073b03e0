"""`status` on a terminal: bars, colours, as wide as the terminal is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.text import Text

from batchbell.cli.terminal.folded_lines import folded_accounts, folded_channels
from batchbell.cli.terminal.grid import pad, text_width
from batchbell.cli.terminal.hanging import broken
from batchbell.cli.terminal.health_lines import (
    account_lines,
    channel_lines,
    how_many_are_fine,
    kept_lines,
    replica_lines,
    silence,
)
from batchbell.cli.terminal.job_rows import job_row
from batchbell.cli.terminal.job_table import REMARK_INDENT, job_lines
from batchbell.cli.terminal.mute_lines import mute_lines, mute_note
from batchbell.cli.terminal.signs import STYLES, sign
from batchbell.cli.terminal.status_words import (
    more_words,
    no_jobs,
    summary,
    what_is_hidden,
    what_takes_failures_away,
)
from batchbell.cli.terminal.urgent_lines import urgent_lines
from batchbell.core.ended import ended_at
from batchbell.core.event import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import RenderableType

    from batchbell.cli.terminal.health_lines import StatusLine
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import Status

#: Jobs shown unless all are asked for: more than anybody reads.
MOST_JOBS = 100
#: Of those that ended and need no look so many are shown, the last to end.
_LAST_ENDED = 10
#: Lines about jobs that a low terminal leaves at least.
_FEWEST_LINES = 4


def terminal() -> Console:
    """Return the terminal; texts of the API are never taken for markup or emoji codes."""
    return Console(markup=False, emoji=False, highlight=False)


def status_view(status: Status, console: Console, *, most_lines: int | None = None) -> Group:
    """Return everything `status` shows; what is more than `most_lines` gives way.

    First what is all right below the jobs, then the jobs that can wait longest.
    """
    width = console.width
    above: list[RenderableType] = [*_heading(status, width)]
    jobs, left = _jobs(status, width)
    if most_lines is None:
        more = _dim(broken(f"   {more_words(status, left)}", width)) if left else []
        return Group(*_spaced(above, [*jobs, *more], _below(status, width, folded=bool(left))))
    below = _below(status, width)

    def room(under: list[RenderableType]) -> int:
        # Two blank lines set the jobs apart.
        return most_lines - len(console.render_lines(Group(*above, *under))) - 2

    if len(jobs) + bool(left) > room(below):
        below = _in_short(status, width)
    return Group(*_spaced(above, _cut(jobs, left, max(room(below), _FEWEST_LINES)), below))


def _below(status: Status, width: int, *, folded: bool = False) -> list[RenderableType]:
    """Return what stands below the jobs; if some are `folded`, what is hidden is said of them."""
    accounts, channels = folded_accounts(status), folded_channels(status)
    hidden = "" if folded else what_is_hidden(status)
    sentences = (what_takes_failures_away(status), hidden, no_jobs(status))
    return _spaced(
        _dim(line for text in sentences if text for line in broken(text, width, below=0)),
        _section("Accounts", width, accounts.lines),
        _section("Channels", width, channels.lines),
        _dim(filter(None, (accounts.sentence, channels.sentence))),
        _section("Replicas", width, replica_lines(status)),
        _section("Results", width, kept_lines(status)),
        _section("Muted", width, mute_lines(status)),
    )


def _in_short(status: Status, width: int) -> list[RenderableType]:
    """Return the same in a line: what fails stands above the jobs."""
    parts = (
        how_many_are_fine("account", [*account_lines(status)]),
        how_many_are_fine("channel", [*channel_lines(status)]),
        how_many_are_fine("replica", [*replica_lines(status)]),
    )
    return [*_dim(broken("; ".join(filter(None, parts)), width, below=0))]


def _dim(lines: Iterable[str]) -> list[Text]:
    return [Text(line, style="dim") for line in lines]


def _spaced(*blocks: Sequence[RenderableType]) -> list[RenderableType]:
    """Put a blank line between blocks that have anything."""
    parts: list[RenderableType] = []
    for block in filter(None, blocks):
        parts += [Text(), *block] if parts else block
    return parts


def _cut(lines: list[Text], left: int, most: int) -> list[Text]:
    """Return the first lines about jobs, and of how many others there is none."""
    if len(lines) + bool(left) > most:
        shown, hidden = lines[: most - 1], lines[most - 1 :]
        left += sum(not line.plain.startswith(REMARK_INDENT) for line in hidden)
        lines = shown
    return [*lines, *_dim([f"   and {left:,} more"] if left else [])]


def _heading(status: Status, width: int) -> list[Text]:
    """Return what there is in a line, and below it what cannot wait."""
    name, total = "batchbell", summary(status)
    lines = [Text(line) for line in broken(f"{name}  {total}".rstrip(), width, below=len(name) + 2)]
    lines[0].stylize("bold", 0, len(name))
    if silence(status):
        lines += _signed(Severity.WARNING, silence(status), width)
    for line in urgent_lines(status):
        lines += _signed(line.severity, line.text, width)
    return lines


def _signed(severity: Severity, text: str, width: int) -> list[Text]:
    return [
        Text(line, style=f"bold {STYLES[severity]}")
        for line in broken(f"{sign(severity)} {text}", width, below=2)
    ]


def _jobs(status: Status, width: int) -> tuple[list[Text], int]:
    """Return the lines about jobs, and how many jobs have none."""
    if not status.jobs:
        return [], 0
    shown = status.jobs if status.everything else _worth_a_line(status)[:MOST_JOBS]
    rows = [
        job_row(
            item,
            status.now,
            note=mute_note(item, status),
            outlook=status.outlook(item),
            input_file=status.input_file(item),
            results=status.results.get(item.key),
        )
        for item in shown
    ]
    lines = list(
        job_lines(
            rows,
            all_ids=status.job_ids,
            with_account=len(status.accounts) > 1,
            width=width,
        )
    )
    return lines, len(status.jobs) - len(shown)


def _worth_a_line(status: Status) -> list[AccountJob]:
    """Return the jobs that run or need a look, and those that ended last, in their order."""
    over = [
        item
        for item in status.jobs
        if item.record.job.finished and item.key not in status.open_failures
    ]
    over.sort(key=lambda item: ended_at(item.record) or status.now, reverse=True)
    folded = {item.key for item in over[_LAST_ENDED:]}
    return [item for item in status.jobs if item.key not in folded]


def _section(title: str, width: int, lines: Iterable[StatusLine]) -> list[RenderableType]:
    """Return lines whose names and texts stand below each other, a long text below itself."""
    shown = list(lines)
    names = max((text_width(line.name) for line in shown), default=0)
    found: list[RenderableType] = [Text(title, style="bold")] if shown else []
    for line in shown:
        lead = f"{sign(line.severity)}  {pad(line.name, names)}  "
        for at, part in enumerate(broken(lead + line.text, width, below=text_width(lead))):
            text = Text(part)
            if not at:
                text.stylize(f"bold {STYLES[line.severity]}", 0, 1)
            found.append(text)
    return found
