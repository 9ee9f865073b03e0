"""The doctor's findings in lines: the sum, what to put right, then what is well."""

from __future__ import annotations

import shutil
from itertools import chain
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.grid import text_width
from batchbell.cli.terminal.hanging import command_block, hanging
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.signs import COLOURS, sign
from batchbell.core.event import Severity
from batchbell.messages.plain_text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from batchbell.cli.doctor.finding import Finding

#: Where a finding's text begins: behind its sign.
_TEXT = 2
_PLURALS = {"channel": "channels"}


def report(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield how many there are, what must be put right, what is worth a look, and what is well.

    On a terminal several that are well share a line; a pipe has one for each.
    """
    trouble = [*_worst_first(each for each in findings if each.severity >= Severity.WARNING)]
    others = [each for each in findings if each.severity < Severity.WARNING]
    yield _sum(trouble)
    for group in (([each] for each in trouble), _alike(others)):
        lines = [*chain.from_iterable(map(_lines, group))]
        yield from ("", *lines) if lines else ()


def _worst_first(trouble: Iterable[Finding]) -> Iterator[Finding]:
    """Yield what is of one kind together, the kind with the worst first."""
    kinds: dict[str, list[Finding]] = {}
    for finding in sorted(trouble, key=lambda each: each.severity, reverse=True):
        kinds.setdefault(finding.what, []).append(finding)
    for several in kinds.values():
        yield from several


def _lines(several: Sequence[Finding]) -> Iterator[str]:
    """Yield what was found, what to do, and what to type."""
    first = several[0]
    mark = painted(sign(first.severity), first.severity)
    line, *below = _together(several)
    yield from hanging(f"{mark} {line}", below=_TEXT)
    for each in (*below, first.sentence):
        yield from hanging(f"    {each}", below=4) if each else ()
    yield from command_block(first.commands)


def _alike(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Yield those of one kind together that are well and ask for nothing, else one at a time."""
    kinds: dict[object, list[Finding]] = {}
    for finding in findings:
        is_folded = bool(finding.name) and not finding.commands and on_terminal()
        key = (finding.what, finding.severity) if is_folded else id(finding)
        kinds.setdefault(key, []).append(finding)
    yield from kinds.values()


def _together(several: Sequence[Finding]) -> list[str]:
    """Return `channels lead, oncall: delivered 2m ago; team: delivered 1h ago`.

    What is longer than a line has one for each that is said.
    """
    if len(several) == 1:
        return [f"{several[0].subject}: {several[0].detail}"]
    names: dict[str, list[str]] = {}
    for finding in several:
        names.setdefault(finding.detail, []).append(finding.name)
    said = [f"{', '.join(theirs)}: {detail}" for detail, theirs in names.items()]
    what = _PLURALS.get(several[0].what, several[0].what)
    line = f"{what} {'; '.join(said)}"
    is_short = _TEXT + text_width(line) <= shutil.get_terminal_size().columns
    return [line] if is_short else [what, *said]


def _sum(trouble: Sequence[Finding]) -> str:
    """Return `1 problem, 2 warnings`, or that all is well."""
    if not trouble:
        return click.style("All is well", fg=COLOURS[Severity.SUCCESS], bold=True)
    problems = sum(each.severity is Severity.FAILURE for each in trouble)
    counts = {
        Severity.FAILURE: (problems, "problem"),
        Severity.WARNING: (len(trouble) - problems, "warning"),
    }
    return ", ".join(
        click.style(counted(count, what), fg=COLOURS[severity], bold=True)
        for severity, (count, what) in counts.items()
        if count
    )
