"""Rows about channels: a mark, when they are told, their names, and why, in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.event_lines import dim, painted
from batchbell.cli.terminal.grid import GAP, pad, text_width
from batchbell.cli.terminal.hanging import hanging
from batchbell.cli.terminal.signs import sign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from batchbell.core.event import Severity

#: When they are told takes so many columns at most; what is longer is followed by its names.
_MOST = 36
#: What a mark takes with the space behind it, columns.
MARK = 2


class ChannelRow(NamedTuple):
    """Channels of which the same is said."""

    severity: Severity
    channels: Sequence[str]
    #: When they are told, or that they are not, and behind a colon why.
    text: str
    #: What stands behind the names.
    more: str = ""
    #: Whether the whole row stands back, or when it is.
    is_dim: bool = False
    is_text_dim: bool = False

    @property
    def when(self) -> str:
        """What stands before the names."""
        return self.text.partition(": ")[0]

    @property
    def whom(self) -> str:
        """The names, and what is said of them."""
        why = self.text.partition(": ")[2]
        names = f"{', '.join(self.channels)}{self.more and f' ({self.more})'}"
        return f"{names}: {why}" if why else names


def when_width(rows: Iterable[ChannelRow]) -> int:
    """Return how wide the column is in which rows say when."""
    widths = (text_width(row.when) for row in rows)
    return max((width for width in widths if width <= _MOST), default=0)


def row_lines(row: ChannelRow, indent: str, width: int) -> Iterator[str]:
    """Yield a row in lines, of which the names and what is said of them go on below themselves."""
    mark = sign(row.severity) if row.is_dim else painted(sign(row.severity), row.severity)
    lead = f"{indent}{mark} "
    when = pad(row.when, width)
    line = f"{lead}{dim(when) if row.is_text_dim else when}{GAP}{row.whom}"
    for each in hanging(line, below=len(indent) + MARK + width + len(GAP)):
        yield dim(each) if row.is_dim else each
