"""The doctor's findings in lines: what to put right first, then what is well, and the sum."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.hanging import hanging
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

    How many there are stands at the end too. On a terminal several that are well share a line; a
    pipe has one for each.
    """
    trouble = [*_worst_first(each for each in findings if each.severity >= Severity.WARNING)]
    if trouble:
        yield _sum(trouble)
        yield ""
    for finding in trouble:
        yield from _lines(finding.severity, f"{finding.subject}: {finding.detail}", finding.advice)
    others = [each for each in findings if each.severity < Severity.WARNING]
    if trouble and others:
        yield ""
    for several in _alike(others):
        advice = several[0].advice
        yield from _lines(several[0].severity, _together(several), advice)
    yield ""
    yield _sum(trouble)


def _worst_first(trouble: Iterable[Finding]) -> Iterator[Finding]:
    """Yield what is of one kind together, the kind with the worst first."""
    kinds: dict[str, list[Finding]] = {}
    for finding in sorted(trouble, key=lambda each: each.severity, reverse=True):
        kinds.setdefault(finding.what, []).append(finding)
    for several in kinds.values():
        yield from several


def _lines(severity: Severity, text: str, advice: str) -> Iterator[str]:
    yield from hanging(f"{painted(sign(severity), severity)} {text}", below=_TEXT)
    if advice:
        yield from hanging(f"    {advice}", below=4)


def _alike(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Yield those of one kind together that are well and ask for nothing, else one at a time."""
    kinds: dict[object, list[Finding]] = {}
    for finding in findings:
        is_folded = bool(finding.name) and not finding.advice and on_terminal()
        key = (finding.what, finding.severity) if is_folded else id(finding)
        kinds.setdefault(key, []).append(finding)
    yield from kinds.values()


def _together(several: Sequence[Finding]) -> str:
    """Return `channels lead, oncall: delivered 2m ago; team: delivered 1h ago`."""
    if len(several) == 1:
        return f"{several[0].subject}: {several[0].detail}"
    names: dict[str, list[str]] = {}
    for finding in several:
        names.setdefault(finding.detail, []).append(finding.name)
    said = "; ".join(f"{', '.join(theirs)}: {detail}" for detail, theirs in names.items())
    what = several[0].what
    return f"{_PLURALS.get(what, what)} {said}"


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
