"""`status` on a terminal: bars, colours, as wide as the terminal is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.text import Text

from batchbell.cli.terminal.asked import asked_in, by_deed, is_bad_end, older_asked
from batchbell.cli.terminal.grid import GAP, pad, text_width
from batchbell.cli.terminal.hanging import broken
from batchbell.cli.terminal.health_lines import silence
from batchbell.cli.terminal.job_rows import job_row
from batchbell.cli.terminal.job_table import job_lines
from batchbell.cli.terminal.mute_lines import mute_note
from batchbell.cli.terminal.signs import STYLES, sign
from batchbell.cli.terminal.status_foot import (
    below_in_short,
    below_jobs,
    dimmed,
    left_out,
    spaced,
)
from batchbell.cli.terminal.status_words import (
    clocks,
    left_words,
    more_words,
    summaries,
    summary,
)
from batchbell.cli.terminal.urgent_lines import UrgentLine, deeds_in_one, urgent_lines
from batchbell.core.ended import ended_at
from batchbell.core.event import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from batchbell.messages.deeds import Deed
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import Status

#: Jobs shown unless all are asked for: more than anybody reads.
MOST_JOBS = 100
#: Of those that ended and ask for nothing so many are shown, the last to end.
_LAST_ENDED = 10
_NAME = "batchbell"
#: Lines about jobs that a low terminal leaves at least.
_FEWEST_LINES = 4


def terminal() -> Console:
    """Return the terminal; texts of the API are never taken for markup or emoji codes."""
    return Console(markup=False, emoji=False, highlight=False)


def status_view(
    status: Status, console: Console, *, most_lines: int | None = None, keys: str = ""
) -> Group:
    """Return everything `status` shows; what is more than `most_lines` gives way.

    First what is all right below the jobs, then what stands under each job, then the jobs that can
    wait longest. What `keys` do stands below it all, and a clock above: somebody watches it.
    """
    width, asked = console.width, asked_in(status)
    status = by_deed(status, asked)
    first, shown = _first_lines(status, width, with_clock=bool(keys)), _worth_a_line(status, asked)
    above = [*first, *_heading(status, asked, width)]
    left = len(status.jobs) - len(shown)
    jobs = [*_jobs(shown, status, width)]
    if most_lines is None:
        more = left_out(more_words(status, left), status, width) if left else []
        below = below_jobs(status, asked, width, folded=bool(left))
        return Group(*spaced(above, [*jobs, *more], below))
    jobs += dimmed([f"   and {left:,} more"] if left else [])
    in_short = below_in_short(status, asked, width, keys)
    whole_below = spaced(below_jobs(status, asked, width), dimmed([keys] if keys else []))
    for end in (whole_below, in_short):
        whole = Group(*spaced(above, jobs, end))
        if len(console.render_lines(whole)) <= most_lines:
            return whole
    in_two_lines = _heading(status, asked, width, in_short=True)
    above = [line[:width] for line in (*first, *in_two_lines)]
    room = most_lines - len(above) - 1 - len(in_short)
    return Group(*spaced(above, [*_flat(shown, status, asked, width, room), *in_short]))


def print_status(status: Status, console: Console) -> None:
    """Print the same once; what is longer than the terminal ends as it began."""
    view = status_view(status, console)
    if len(console.render_lines(view)) >= console.height:
        view = Group(*spaced([view], _last_words(status, console.width)))
    # A command that is longer than a line is still to be copied.
    console.print(view, crop=False)


def _last_words(status: Status, width: int) -> list[Text]:
    """Return what is worst again, in a line each, and the first command."""
    asked = asked_in(status)
    urgent = [*urgent_lines(by_deed(status, asked), asked, width)]
    worst = max([Severity.WARNING, *(line.severity for line in urgent)])
    shown = [line for line in urgent if line.severity is worst]
    lines = [_signed(line, width)[0] for line in shown]
    command = next((line.command for line in shown if line.command), "")
    if not command:
        return lines
    return [*lines, Text("Begin here:"), Text(f"    {command}", no_wrap=True, overflow="ignore")]


def _flat(
    shown: Sequence[AccountJob],
    status: Status,
    asked: Mapping[tuple[str, str], Deed],
    width: int,
    most: int,
) -> list[Text]:
    """Return a line for each job while there is room, and how many others there are."""
    lines = [*_jobs(shown, status, width, flat=True)]
    most = max(most, _FEWEST_LINES)
    older = older_asked(status)
    if not older and len(status.jobs) < min(most, len(lines)):
        return lines
    kept = lines[: most - 1]
    seen = {item.key for item in shown[: max(len(kept) - 1, 0)]}
    left = [item.key for item in status.jobs if item.key not in seen]
    return [*kept, *dimmed([f"   {left_words(left, asked, older)}"])]


def _first_lines(status: Status, width: int, *, with_clock: bool) -> list[Text]:
    """Return what there is, `with_clock` in one line with the time at its right end."""
    for clock in clocks(status) if with_clock else ():
        room = width - text_width(clock) - len(GAP)
        leads = (f"{_NAME}  {total}".rstrip() for total in summaries(status))
        lead = next((each for each in leads if text_width(each) <= room), None)
        if lead is not None:
            line = Text(f"{pad(lead, width - text_width(clock))}{clock}")
            line.stylize("bold", 0, len(_NAME))
            line.stylize("dim", len(line) - len(clock))
            return [line]
    whole = f"{_NAME}  {summary(status)}".rstrip()
    lines = [Text(line) for line in broken(whole, width, below=len(_NAME) + 2)]
    lines[0].stylize("bold", 0, len(_NAME))
    return lines


def _heading(
    status: Status, asked: Mapping[tuple[str, str], Deed], width: int, *, in_short: bool = False
) -> list[Text]:
    """Return what is asked for, a line a deed; `in_short` all deeds together."""
    lines: list[Text] = []
    if silence(status):
        lines += _signed(UrgentLine(Severity.WARNING, silence(status), "", ""), width)
    urgent = urgent_lines(status, asked, width)
    for line in deeds_in_one(urgent, width) if in_short else urgent:
        lines += _signed(line, width)
    return lines


def _signed(line: UrgentLine, width: int) -> list[Text]:
    """Return its lines: behind the sign what is to be done, the brightest of all."""
    lead = f"{sign(line.severity)} {line.lead}"
    between = ": " if line.asks and line.rest else " "
    whole = f"{lead}{between}{line.rest}".rstrip()
    style = "bold" if line.severity is Severity.INFO else f"bold {STYLES[line.severity]}"
    found = [Text(part) for part in broken(whole, width, below=2)]
    found[0].stylize(style, 0, len(lead))
    return found


def _jobs(
    shown: Sequence[AccountJob], status: Status, width: int, *, flat: bool = False
) -> Iterator[Text]:
    """Yield the lines about jobs; `flat` is a line for each."""
    if not shown:
        return
    rows = [
        job_row(
            item,
            status.now,
            note=mute_note(item, status),
            outlook=status.outlook(item),
            input_file=status.input_file(item),
            results=status.results.get(item.key),
            is_seen=item.key in status.acks,
        )
        for item in shown
    ]
    yield from job_lines(
        rows,
        all_ids=status.job_ids,
        with_account=len(status.accounts) > 1,
        width=width,
        flat=flat,
    )


def _worth_a_line(status: Status, asked: Collection[tuple[str, str]]) -> Sequence[AccountJob]:
    """Return the jobs that run or are `asked` about, and others that ended last, in their order.

    A bad end that somebody acknowledged is off the list.
    """
    if status.everything:
        return status.jobs
    over = [item for item in status.jobs if item.record.job.finished and item.key not in asked]
    over.sort(key=lambda item: ended_at(item.record) or status.now, reverse=True)
    settled = {item.key for item in over if _is_settled(item, status)}
    others = [item.key for item in over if item.key not in settled]
    folded = settled.union(others[_LAST_ENDED:])
    return [item for item in status.jobs if item.key not in folded][:MOST_JOBS]


def _is_settled(item: AccountJob, status: Status) -> bool:
    results = status.results.get(item.key)
    return item.key in status.acks and is_bad_end(item, status.now, results)
