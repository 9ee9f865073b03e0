"""What of a file needs repair before it is submitted: why, and which of its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.hanging import command_lines, hanging
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.results_lines import WHAT_IS_MASKED, are_masked
from batchbell.core.event import Severity
from batchbell.core.results.selection import USUALLY, Include
from batchbell.messages.job_step import job_command
from batchbell.messages.plain_text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from batchbell.core.results.cause import Cause
    from batchbell.core.results.job_results import JobResults
    from batchbell.usecases.write_retry import Written

#: So many causes are shown.
_SHOWN_CAUSES = 5
#: Where one begins, columns.
_BELOW = len("  1234567  ")
#: So many lines of the file, or runs of such, are named of each.
_SHOWN_SPANS = 40


def to_repair(
    written: Written, results: JobResults, include: Collection[Include], *, skips_repair: bool
) -> Iterator[str]:
    """Yield what is wrong with how many, and what leaves them out."""
    count = written.need_repair
    if not count:
        return
    if on_terminal():
        yield ""
    if skips_repair:
        said = f"{counted(count, 'request')} left out, to be repaired first"
    else:
        said = f"{count:,} of its lines {'needs' if count == 1 else 'need'} repair first"
    yield from hanging(f"{warned(said)}:")
    causes = [cause for cause in results.causes if cause.retry_helps is False]
    yield from _causes(causes, results.job_id, written)
    if not skips_repair and count < written.requests:
        names = ",".join(each for each in Include if each in include)
        wanted = "" if set(include) == USUALLY else f"--include {names} "
        label = f"Only the {written.requests - count:,} that need none"
        yield from other_choice(label, f"retry {wanted}--skip-repair", results.job_id)


def warned(text: str) -> str:
    """Return a text that must not be missed, each word by itself: lines are broken between them."""
    return " ".join(
        click.style(painted(word, Severity.WARNING), bold=True) for word in text.split(" ")
    )


def other_choice(label: str, command: str, job_id: str) -> Iterator[str]:
    """Yield a command whole, to be copied; nothing for an id that can't be without harm."""
    whole = job_command(command, job_id)
    if whole:
        yield from command_lines(label, whole)


def _causes(causes: Sequence[Cause], job_id: str, written: Written) -> Iterator[str]:
    """Yield what is to be repaired, an example, and which lines of the file these are."""
    for cause in causes[:_SHOWN_CAUSES]:
        what = one_line(" ".join(part for part in (cause.code, cause.message) if part))
        example = f", for example {one_line(cause.example)}" if cause.example else ""
        line = f"  {cause.count:>7,}  {what or 'without a reason'}{example}"
        yield from hanging(line, below=_BELOW)
        found = written.lines_to_repair.get((cause.code, cause.message), ())
        if found:
            yield from hanging(f"{' ' * _BELOW}{_line_numbers(found)}", below=_BELOW)
    command = job_command("results", job_id)
    if len(causes) > _SHOWN_CAUSES:
        more = f"and for {counted(len(causes) - _SHOWN_CAUSES, 'more cause')}"
        yield f"  {more}: {command}" if command else f"  {more}"
    if are_masked(causes[:_SHOWN_CAUSES]):
        yield from other_choice(WHAT_IS_MASKED, "fetch", job_id)


def _line_numbers(numbers: Sequence[int]) -> str:
    """Return `lines 1-3, 9`, of very many the first: `lines 1, 3, 5 and 90 more`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = spans[:_SHOWN_SPANS]
    words = [f"{first:,}" if first == last else f"{first:,}-{last:,}" for first, last in shown]
    left = len(numbers) - sum(last - first + 1 for first, last in shown)
    more = f" and {left:,} more" if left else ""
    return f"{'line' if len(numbers) == 1 else 'lines'} {', '.join(words)}{more}"
