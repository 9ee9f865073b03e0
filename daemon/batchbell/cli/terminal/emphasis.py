"""What decides is the brightest of all: in lists, and in the sentences about one job."""

from __future__ import annotations

import re

import click

from batchbell.cli.terminal.signs import COLOURS
from batchbell.core.event import Severity
from batchbell.messages.deeds import Deed

#: Behind what to do an advice says why, or what else; a repair in brackets is to be done too.
_WHY = re.compile(r": |\. |\.?$")


def act_severity(deed: Deed | None, severity: Severity) -> Severity | None:
    """Return in whose colour a deed stands; None of what is to be left alone.

    `severity` is that of its job.
    """
    if deed in {None, Deed.LOOK_AGAIN, Deed.WAIT, Deed.LET_RUN}:
        return None
    return Severity.FAILURE if deed is Deed.CANCEL_NOW else max(severity, Severity.WARNING)


def decided(text: str, severity: Severity | None) -> str:
    """Return a text with all that is to be done bold, in the colour of a severity if it has one."""
    first, *_ = _WHY.split(text, maxsplit=1)
    colour = None if severity is None else COLOURS[severity]
    return click.style(first, fg=colour, bold=True) + text[len(first) :]
