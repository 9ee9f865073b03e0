"""What a terminal shows: the few control codes that rich writes, carried out."""

from __future__ import annotations

import re
from itertools import groupby

#: A style that is switched on, one that moves the cursor, one character.
_TOKEN = re.compile(r"\x1b\[(?P<numbers>[0-9;?]*)(?P<code>[A-Za-z])|(?P<char>.)", re.DOTALL)
#: A space to a terminal, and none that could be printed to Python.
_NO_BREAK = "\u00a0"
#: Before rich draws its moving part again it wipes the old one: what is there by then is whole.
_REDRAW = re.compile(r"(?=\r\x1b\[2K)")


def frames(output: str) -> list[str]:
    """Cut a recording where the terminal shows a whole picture."""
    return _REDRAW.split(output)


class Screen:
    """A terminal of some width, without end downwards."""

    def __init__(self, width: int) -> None:
        self._width = width
        #: Each cell is a style's control codes, and a character.
        self._rows: list[list[tuple[str, str]]] = [[]]
        self._row = self._column = 0
        self._style = ""

    def feed(self, output: str) -> None:
        """Show what a program wrote."""
        for token in _TOKEN.finditer(output):
            if token["char"]:
                self._character(token["char"])
            else:
                self._control(token["code"], token["numbers"], token[0])

    def lines(self) -> list[str]:
        """Return the rows as text with the control codes of their styles, blank ends left out."""
        lines = ["".join(self._runs(row)) for row in self._rows]
        while lines and not lines[-1].strip():
            lines.pop()
        return lines

    def text(self) -> str:
        """Return what can be read, without styles."""
        return "\n".join("".join(char for _, char in row) for row in self._rows)

    def _runs(self, row: list[tuple[str, str]]) -> list[str]:
        runs = groupby(row, key=lambda cell: cell[0])
        return [f"{style}{''.join(char for _, char in cells)}\x1b[0m" for style, cells in runs]

    def _character(self, char: str) -> None:
        if char == "\r":
            self._column = 0
        elif char == "\n":
            self._down()
        elif char.isprintable() or char == _NO_BREAK:
            if self._column == self._width:
                self._down()
                self._column = 0
            row = self._rows[self._row]
            row.extend([("", " ")] * (self._column - len(row)))
            row[self._column : self._column + 1] = [(self._style, char)]
            self._column += 1

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._rows):
            self._rows.append([])

    def _control(self, code: str, numbers: str, whole: str) -> None:
        if code == "m":
            self._style = "" if numbers in {"", "0"} else self._style + whole
        elif code == "H":
            # rich goes home only: to draw the whole screen again.
            self._rows = [[] for _ in self._rows]
            self._row = self._column = 0
        elif code == "A":
            self._row = max(self._row - int(numbers or 1), 0)
        elif code == "K":
            self._rows[self._row].clear()
