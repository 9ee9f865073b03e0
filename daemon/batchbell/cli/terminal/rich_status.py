"""`status` on a terminal: bars, colours, as wide as the terminal is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group

from batchbell.cli.terminal.asked import asked_in, by_deed, is_bad_end
from batchbell.cli.terminal.last_words import last_words
from batchbell.cli.terminal.status_foot import (
    below_in_short,
    below_jobs,
    dimmed,
    left_out,
    spaced,
)
from batchbell.cli.terminal.status_head import first_lines, heading
from batchbell.cli.terminal.status_jobs import rows_of
from batchbell.cli.terminal.status_words import left_words, more_words
from batchbell.core.ended import ended_at

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from rich.text import Text

    from batchbell.messages.deeds import Deed
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import Status

#: Jobs shown unless all are asked for: more than anybody reads.
MOST_JOBS = 100
#: Of those that ended and ask for nothing so many are shown, the last to end.
_LAST_ENDED = 10
#: The same where even so there are more lines than the terminal has.
_LAST_ENDED_OF_MANY = 3
#: Lines about jobs that a low terminal leaves at least.
_FEWEST_LINES = 4


def terminal() -> Console:
    """Return the terminal; texts of the API are never taken for markup or emoji codes."""
    return Console(markup=False, emoji=False, highlight=False)


def status_view(
    status: Status,
    console: Console,
    *,
    most_lines: int | None = None,
    keys: str = "",
    last_ended: int = _LAST_ENDED,
) -> Group:
    """Return everything `status` shows; what is more than `most_lines` gives way.

    First what is all right below the jobs, then what stands under each job, then the jobs that can
    wait longest. What `keys` do stands below it all, and a clock above: somebody watches it. Of
    those that ended and ask for nothing the `last_ended` are shown.
    """
    width, asked = console.width, asked_in(status)
    status = by_deed(status, asked)
    first = first_lines(status, width, with_clock=bool(keys))
    shown = _worth_a_line(status, asked, last_ended)
    above = [*first, *heading(status, asked, width)]
    left = len(status.jobs) - len(shown)
    jobs = [*rows_of(shown, status, width)]
    if most_lines is None:
        seen = {item.key for item in shown}
        ask = any(item.key in asked for item in status.jobs if item.key not in seen)
        more = left_out(more_words(status, left, ask=ask), status, width) if left else []
        below = below_jobs(status, asked, width, folded=bool(left))
        return Group(*spaced(above, [*jobs, *more], below))
    jobs += dimmed([f"   and {left:,} more"] if left else [])
    in_short = below_in_short(status, asked, width, keys)
    whole_below = spaced(below_jobs(status, asked, width), dimmed([keys] if keys else []))
    for end in (whole_below, in_short):
        whole = Group(*spaced(above, jobs, end))
        if len(console.render_lines(whole)) <= most_lines:
            return whole
    in_two_lines = heading(status, asked, width, in_short=True)
    above = [line[:width] for line in (*first, *in_two_lines)]
    room = most_lines - len(above) - 1 - len(in_short)
    return Group(*spaced(above, [*_flat(shown, status, asked, width, room), *in_short]))


def print_status(status: Status, console: Console) -> None:
    """Print the same once; what is longer than the terminal ends with what to begin with."""
    for last_ended in (_LAST_ENDED, _LAST_ENDED_OF_MANY):
        view = status_view(status, console, last_ended=last_ended)
        if len(console.render_lines(view)) < console.height:
            break
    else:
        view = Group(*spaced([view], last_words(status, console.width)))
    # A command that is longer than a line is still to be copied.
    console.print(view, crop=False)


def _flat(
    shown: Sequence[AccountJob],
    status: Status,
    asked: Mapping[tuple[str, str], Deed],
    width: int,
    most: int,
) -> list[Text]:
    """Return a line for each job while there is room, and how many others there are."""
    lines = [*rows_of(shown, status, width, flat=True)]
    most = max(most, _FEWEST_LINES)
    older = status.older_to_act_on
    if not older and len(status.jobs) < min(most, len(lines)):
        return lines
    kept = lines[: most - 1]
    seen = {item.key for item in shown[: max(len(kept) - 1, 0)]}
    left = [item.key for item in status.jobs if item.key not in seen]
    return [*kept, *dimmed([f"   {left_words(left, asked, older)}"])]


def _worth_a_line(
    status: Status, asked: Collection[tuple[str, str]], last_ended: int
) -> Sequence[AccountJob]:
    """Return the jobs that run or are `asked` about, and others that ended last, in their order.

    A bad end that somebody acknowledged is off the list.
    """
    if status.everything:
        return status.jobs
    over = [item for item in status.jobs if item.record.job.finished and item.key not in asked]
    over.sort(key=lambda item: ended_at(item.record) or status.now, reverse=True)
    settled = {item.key for item in over if _is_settled(item, status)}
    others = [item.key for item in over if item.key not in settled]
    folded = settled.union(others[last_ended:])
    return [item for item in status.jobs if item.key not in folded][:MOST_JOBS]


def _is_settled(item: AccountJob, status: Status) -> bool:
    results = status.results.get(item.key)
    return item.key in status.acks and is_bad_end(item, status.now, results)
