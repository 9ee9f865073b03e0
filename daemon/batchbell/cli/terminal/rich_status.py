"""`status` on a terminal: bars, colours, as wide as the terminal is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from batchbell.cli.terminal.health_lines import (
    account_lines,
    channel_lines,
    kept_lines,
    replica_lines,
    silence,
)
from batchbell.cli.terminal.job_rows import job_row
from batchbell.cli.terminal.job_table import job_lines
from batchbell.cli.terminal.mute_lines import mute_lines, mute_note
from batchbell.cli.terminal.signs import STYLES, sign
from batchbell.cli.terminal.status_words import (
    no_jobs,
    summary,
    what_is_hidden,
    what_takes_failures_away,
)
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
    """Return everything `status` shows; of more than `most_lines`, those about jobs give way."""
    sentences = (what_takes_failures_away(status), what_is_hidden(status), no_jobs(status))
    above: list[RenderableType] = [_heading(status)]
    below = _spaced(
        [Text(text, style="dim") for text in sentences if text],
        _section("Accounts", account_lines(status)),
        _section("Channels", channel_lines(status)),
        _section("Replicas", replica_lines(status)),
        _section("Results", kept_lines(status)),
        _section("Muted", mute_lines(status)),
    )
    jobs = _jobs(status, console.width)
    if most_lines is not None:
        # Two blank lines set the jobs apart.
        taken = len(console.render_lines(Group(*above, *below))) + 2
        jobs = _cut(jobs, max(most_lines - taken, _FEWEST_LINES))
    return Group(*_spaced(above, jobs, below))


def _spaced(*blocks: Sequence[RenderableType]) -> list[RenderableType]:
    """Put a blank line between blocks that have anything."""
    parts: list[RenderableType] = []
    for block in filter(None, blocks):
        parts += [Text(), *block] if parts else block
    return parts


def _cut(lines: list[Text], most: int) -> list[Text]:
    return lines if len(lines) <= most else [*lines[: most - 1], Text("   ...", style="dim")]


def _heading(status: Status) -> Text:
    heading = Text.assemble(("batchbell", "bold"), f"  {summary(status)}".rstrip())
    if silence(status):
        warning = Severity.WARNING
        heading.append(f"\n{sign(warning)} {silence(status)}", style=STYLES[warning])
    return heading


def _jobs(status: Status, width: int) -> list[Text]:
    if not status.jobs:
        return []
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
    left = len(status.jobs) - len(shown)
    more = [Text(f"   {left:,} more: batchbell status --all", style="dim")] if left else []
    return lines + more


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


def _section(title: str, lines: Iterable[StatusLine]) -> list[RenderableType]:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for line in lines:
        mark = Text(sign(line.severity), style=f"bold {STYLES[line.severity]}")
        table.add_row(mark, Text(line.name), Text(line.text))
    return [Text(title, style="bold"), table] if table.row_count else []
