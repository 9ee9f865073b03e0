"""What a terminal is left with when `status` is longer: the most urgent, and what ends that."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from rich.text import Text

from batchbell.cli.terminal.asked import asked_in
from batchbell.cli.terminal.grid import GAP
from batchbell.cli.terminal.status_head import signed
from batchbell.cli.terminal.status_jobs import rows_of
from batchbell.cli.terminal.urgent_lines import urgent_lines
from batchbell.messages.deeds import Deed, is_to_act_on
from batchbell.messages.job_step import job_command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import Status

#: What stands above the commands.
_BEGIN = "Begin here:"
#: Jobs that are named: so many are read at a glance.
_MOST_JOBS = 4


def last_words(status: Status, width: int) -> list[Text]:
    """Return who is silent and the jobs to act on first, and the commands to begin with.

    Above a silence stands only what is to be cancelled now, as at the beginning.
    """
    asked = asked_in(status)
    silent = [line for line in urgent_lines(status, asked, width) if not line.asks]
    to_act = _to_act_on(status, asked)
    silences = [text for line in silent for text in signed(line, width, gap=GAP)]
    blocks = [silences, _rows(to_act, status, width)]
    commands = [silent[0].command] if silent else []
    if to_act and (not silent or asked[to_act[0].key] is Deed.CANCEL_NOW):
        blocks.reverse()
        commands = [*_commands(to_act[:_MOST_JOBS], asked), *commands]
    lines = [*chain(*blocks)]
    shown = [Text(f"    {each}", no_wrap=True, overflow="ignore") for each in commands if each]
    return [*lines, Text(_BEGIN), *shown] if shown else lines


def _to_act_on(status: Status, asked: Mapping[tuple[str, str], Deed]) -> list[AccountJob]:
    """Return the jobs to act on, the most urgent first; whoever muted one knows of it."""
    found = [item for item in status.jobs if is_to_act_on(asked.get(item.key))]
    return sorted(found, key=lambda item: (asked[item.key], status.muted_until(item) is not None))


def _rows(to_act: Sequence[AccountJob], status: Status, width: int) -> list[Text]:
    """Return a line for each of the first jobs, below how many there are."""
    if not to_act:
        return []
    older = status.older_to_act_on
    first = f"Most urgent of {len(to_act):,} to act on" if to_act[_MOST_JOBS:] else "To act on"
    title = f"{first}, and {older:,} older" if older else first
    rows = rows_of(to_act[:_MOST_JOBS], status, width, flat=True)
    # What its columns are is seen above.
    return [Text(f"{title}:", style="bold"), *islice(rows, 1, None)]


def _commands(to_act: Sequence[AccountJob], asked: Mapping[tuple[str, str], Deed]) -> list[str]:
    """Return what cancels those that are to be cancelled now, else what shows how to begin.

    '' of one whose id can't be copied without harm.
    """
    doomed = [item for item in to_act if asked[item.key] is Deed.CANCEL_NOW]
    what = "cancel" if doomed else "show"
    return [job_command(what, item.record.job.id) for item in doomed or to_act[:1]]
