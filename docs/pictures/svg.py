"""A terminal's lines as an SVG that refers to nothing outside itself."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from docs.pictures.recording import WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

FONTS = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def svg(lines: Sequence[str], *, title: str, name: str, width: int = WIDTH) -> str:
    """Return the picture of a terminal; `name` keeps its classes apart from other pictures'."""
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    # rich's frame cuts the descenders of the last line: that is an empty one.
    for line in [*lines, ""]:
        console.print(Text.from_ansi(line), soft_wrap=True)
    return console.export_svg(title=title, code_format=_template(), unique_id=name)


def _template() -> str:
    """Return rich's frame without its web font and comment."""
    template = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    template = re.sub(r"<!--.*?-->\s*", "", template, flags=re.DOTALL)
    return re.sub(r"Fira Code, monospace", FONTS, template)
