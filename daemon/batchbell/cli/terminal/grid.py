"""Rows of cells, lined up: the layout of every table, with or without colour."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.signs import speaks_unicode
from batchbell.messages.plain_text import ELLIPSIS, cut_middle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Between two columns.
GAP = "  "
#: A flexible column is not made narrower, characters.
NARROWEST = 8


class Cell(NamedTuple):
    """One text of a table and how it looks where there is colour."""

    text: str
    #: A style of rich; '' for none.
    style: str = ""


class Column(NamedTuple):
    """How a column is headed and aligned."""

    header: str
    right: bool = False
    #: Shortened when the line is too long for the terminal.
    flexible: bool = False


def text_width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def shorten(text: str, width: int) -> str:
    """Cut a text to a width, ending in an ellipsis (or ~) if something was cut."""
    if text_width(text) <= width:
        return text
    kept, used = [], 1
    for char in text:
        used += _char_width(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept) + ("…" if speaks_unicode() else "~")


def shorten_name(name: str, width: int) -> str:
    """Cut a name to a width in its middle: names differ at both ends."""
    short = shorten(cut_middle(name, width), width)
    return short if speaks_unicode() else short.replace(ELLIPSIS, "~")


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Fill a text with spaces up to a width."""
    spaces = " " * max(width - text_width(text), 0)
    return spaces + text if right else text + spaces


def widths_of(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], line_width: int | None
) -> list[int]:
    """Return the width of each column; the flexible ones share what `line_width` leaves.

    None: as wide as their contents.
    """
    widths = [
        max([text_width(column.header), *(text_width(row[index].text) for row in rows)])
        for index, column in enumerate(columns)
    ]
    if line_width is None:
        return widths
    flexible = [index for index, column in enumerate(columns) if column.flexible]
    excess = sum(widths) + len(GAP) * (len(columns) - 1) - line_width
    for index in flexible:
        cut = min(excess, widths[index] - NARROWEST)
        if cut > 0:
            widths[index] -= cut
            excess -= cut
    return widths


def laid_out(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], widths: Sequence[int]
) -> Iterator[list[Cell]]:
    """Yield each row with its texts cut and filled to the widths; the last column is not filled."""
    last = len(columns) - 1
    for row in rows:
        yield [
            Cell(_fitted(cell.text, columns[index], widths[index], fill=index < last), cell.style)
            for index, cell in enumerate(row)
        ]


def plain_lines(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """Yield a table as text, headers first, nothing cut."""
    headers = [Cell(column.header.upper()) for column in columns]
    widths = widths_of(columns, rows, None)
    for row in laid_out(columns, [headers, *rows], widths):
        yield GAP.join(cell.text for cell in row).rstrip()


def _fitted(text: str, column: Column, width: int, *, fill: bool) -> str:
    short = shorten(text, width)
    return pad(short, width, right=column.right) if fill or column.right else short


def _char_width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Cf", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
