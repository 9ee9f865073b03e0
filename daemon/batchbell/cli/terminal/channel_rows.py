"""Rows about channels: a mark, their names, and what is said of them, in columns."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.event_lines import dim, painted
from batchbell.cli.terminal.grid import GAP, pad, text_width
from batchbell.cli.terminal.hanging import hanging, is_narrow
from batchbell.cli.terminal.output import on_terminal
from batchbell.cli.terminal.signs import sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from batchbell.core.event import Severity

#: Names of channels take so many columns at most, unless one is longer; more of them go on below.
_NAMES, _NARROW_NAMES = 28, 16
#: What a mark takes with the space behind it, columns.
_MARK = 2


class ChannelRow(NamedTuple):
    """Channels of which the same is said."""

    severity: Severity
    channels: Sequence[str]
    text: str
    #: Whether the whole row stands back, or what is said.
    is_dim: bool = False
    is_text_dim: bool = False


def names_width(channels: Iterable[str]) -> int:
    """Return how wide the column of names is: the longest is never broken."""
    names = set(channels)
    most = _NARROW_NAMES if is_narrow() else _NAMES
    return max([min(most, text_width(", ".join(names))), *map(text_width, names)])


def text_column(indent: str, width: int) -> int:
    """Return where the text of a row begins."""
    return len(indent) + _MARK + width + len(GAP)


def row_lines(row: ChannelRow, indent: str, width: int) -> Iterator[str]:
    """Yield a row in lines; names and what is said of them go on below themselves."""
    below = text_column(indent, width)
    said = [line[below:] for line in hanging(" " * below + row.text, below=below)]
    names = [pad(name, width) for name in name_lines(row.channels, width)]
    mark = sign(row.severity) if row.is_dim else painted(sign(row.severity), row.severity)
    for at, (name, words) in enumerate(zip_longest(names, said, fillvalue="")):
        lead = f"{' ' if at else mark} {name or ' ' * width}"
        shown = dim(words) if row.is_text_dim else words
        line = f"{lead}{GAP}{shown}".rstrip()
        yield f"{indent}{dim(line) if row.is_dim else line}"


def name_lines(channels: Sequence[str], width: int) -> Iterator[str]:
    """Yield names in lines of a column; a pipe has them in one."""
    line = ""
    for at, channel in enumerate(channels):
        name = channel if at == len(channels) - 1 else f"{channel},"
        longer = f"{line} {name}".strip()
        if line and on_terminal() and text_width(longer) > width:
            yield line
            longer = name
        line = longer
    yield line
