"""Long lines on a terminal: broken between words, going on below where their text begins."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from batchbell.cli.terminal.grid import text_width
from batchbell.cli.terminal.output import on_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What a line that goes on is indented more, columns.
_MORE = 4
#: A narrower terminal breaks lines by itself.
_NARROWEST = 40


def hanging(line: str) -> Iterator[str]:
    """Yield a line in as many as the terminal's width takes; in a pipe, as it is."""
    width = shutil.get_terminal_size().columns
    if not on_terminal() or width < _NARROWEST:
        yield line
        return
    yield from broken(line, width)


def broken(line: str, width: int) -> Iterator[str]:
    """Yield a line, which may have colours, in lines of `width` columns; no word is parted."""
    indent = len(line) - len(line.lstrip(" "))
    filled, start = line[:indent], True
    for word in line.split():
        longer = filled + ("" if start else " ") + word
        if not start and text_width(click.unstyle(longer)) > width:
            yield filled
            longer = " " * (indent + _MORE) + word
        filled, start = longer, False
    yield filled
